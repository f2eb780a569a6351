// Is a text well-formed XML? Tags that match, attributes in quotes and named once, entities that exist.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fas::backtest {

class XmlCheck {
 public:
  // What is wrong; empty: nothing.
  static std::string problem(std::string_view text) { return XmlCheck(text).run(); }

 private:
  explicit XmlCheck(std::string_view text) : text_(text) {}

  std::string run() {
    if (text_.starts_with("<!DOCTYPE html>")) at_ = 15;
    int roots = 0;
    while (at_ < text_.size()) {
      if (text_[at_] != '<') {
        if (std::string wrong = character(); !wrong.empty()) return wrong;
        continue;
      }
      if (open_.empty() && text_.substr(at_, 2) != "</") ++roots;
      if (std::string wrong = tag(); !wrong.empty()) return wrong;
    }
    if (!open_.empty()) return "no end of " + open_.back();
    return roots == 1 ? "" : "not one root";
  }

  std::string character() {
    const char c = text_[at_];
    if (open_.empty() && c != '\n') return "text outside of the root";
    if (c == '>') return "a bare >";
    if (c == '&') {
      bool known = false;
      for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;"}) {
        known = known || text_.substr(at_).starts_with(entity);
      }
      if (!known) return "an unknown entity";
    }
    ++at_;
    return {};
  }

  std::string name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && std::string_view(" \n/>=").find(text_[at_]) == std::string_view::npos) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string tag() {
    ++at_;
    const bool closes = text_[at_] == '/';
    at_ += closes ? 1 : 0;
    const std::string element = name();
    if (element.empty()) return "a tag without a name";
    if (closes) {
      if (open_.empty() || open_.back() != element) return "</" + element + "> ends nothing";
      open_.pop_back();
      return expect('>');
    }
    std::set<std::string> seen;
    while (at_ < text_.size() && text_[at_] != '>' && text_[at_] != '/') {
      if (text_[at_] == ' ' || text_[at_] == '\n') {
        ++at_;
        continue;
      }
      const std::string attribute = name();
      if (!seen.insert(attribute).second) return attribute + " twice in " + element;
      if (text_.substr(at_, 2) != "=\"") return attribute + " of " + element + " has no quoted value";
      at_ += 2;
      while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_] == '<') return "< in " + attribute;
        ++at_;
      }
      ++at_;
    }
    if (at_ < text_.size() && text_[at_] == '/') {
      ++at_;
      return expect('>');
    }
    open_.push_back(element);
    return expect('>');
  }

  std::string expect(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return std::string("no ") + c;
    ++at_;
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::string> open_;
};

}  // namespace fas::backtest
