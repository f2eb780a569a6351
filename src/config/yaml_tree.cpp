#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace fas::config {
namespace {

constexpr std::string_view kStrayCharacter = "a character that cannot begin a value; put quotes around the text";

// Ends the parse from within a callback; never leaves this file.
struct Refused : std::exception {
  explicit Refused(YamlError what) : error(std::move(what)) {}
  YamlError error;
};

std::size_t offset_of(const YAML::Mark& mark) { return static_cast<std::size_t>(std::max(mark.pos, 0)); }

// yaml-cpp takes the end of the file for the end of an open quoted text, and would hide every key behind it.
bool quote_is_closed(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  std::size_t at = begin + 1;
  while (at < text.size()) {
    if (text[at] == quote) {
      const bool doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
      if (!doubled) return true;
      ++at;
    } else if (quote == '"' && text[at] == '\\') {
      ++at;
    }
    ++at;
  }
  return false;
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& text, YamlTree& tree) : text_(text), tree_(tree) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    const std::size_t offset = offset_of(mark);
    // yaml-cpp does not step over a token that it has no use for (a ',' outside of any list), but finds another empty
    // document before it, for ever.
    if (offset == document_start_) throw Refused({offset, std::string(kStrayCharacter)});
    document_start_ = offset;
    tree_.root = nullptr;
    anchors_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(YamlNode::Kind::kNull, mark, anchor); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused({offset_of(mark), "an alias without its anchor"});
    attach(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                const std::string& value) override {
    const std::size_t offset = offset_of(mark);
    const bool quoted = offset < text_.size() && (text_[offset] == '"' || text_[offset] == '\'');
    if (quoted && !quote_is_closed(text_, offset)) throw Refused({offset, "a quote that is never closed"});
    if (value.find('\0') != std::string::npos) throw Refused({offset, "a text must not hold a NUL"});
    add(YamlNode::Kind::kScalar, mark, anchor).scalar = value;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(add(YamlNode::Kind::kList, mark, anchor));
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(add(YamlNode::Kind::kMap, mark, anchor));
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Open {
    YamlNode* node;
    const YamlNode* key = nullptr;  // of a map: read, its value not yet
  };

  YamlNode& add(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    YamlNode& node = tree_.nodes.emplace_back();
    node.kind = kind;
    node.offset = offset_of(mark);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    attach(&node);
    return node;
  }

  void attach(const YamlNode* node) {
    if (open_.empty()) {
      tree_.root = node;
      return;
    }
    Open& parent = open_.back();
    if (parent.node->kind == YamlNode::Kind::kList) {
      parent.node->items.push_back(node);
    } else if (parent.key == nullptr) {
      parent.key = node;
    } else {
      parent.node->entries.push_back({.key = std::exchange(parent.key, nullptr), .value = node});
    }
  }

  void open(YamlNode& node) {
    if (open_.size() >= kMaxYamlDepth) throw Refused({node.offset, "nested too deeply"});
    open_.push_back({.node = &node});
  }

  const std::string& text_;
  YamlTree& tree_;
  std::optional<std::size_t> document_start_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;
};

bool is_indented_by_tab(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::string_view line = text.substr(before.rfind('\n') + 1);  // npos + 1 is 0: the first line
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

// yaml-cpp's wording where it helps; what could hold a piece of the text is cut off.
YamlError to_error(const YAML::Exception& exception, std::string_view text) {
  const std::size_t offset = offset_of(exception.mark);
  if (is_indented_by_tab(text, offset)) return {offset, "a tab in the indentation; use spaces"};
  if (offset < text.size() && text[offset] == ',') return {offset, std::string(kStrayCharacter)};
  const std::string_view message = exception.msg;
  static constexpr std::pair<std::string_view, std::string_view> kClearer[] = {
      {"illegal map value", "a ':' where none can be; put quotes around a text that holds one"},
      {"end of map not found", "this line is indented differently from the keys above it"},
      {"end of sequence not found", "this line is indented differently from the list above it"},
      {"end of sequence flow not found", "a '[' that is never closed, or a ',' missing"},
      {"end of map flow not found", "a '{' that is never closed, or a ',' missing"},
      {"illegal block entry", "a '-' where no list can be; check the indentation"},
      {"illegal map key", "a key where none can be; check the indentation"},
      {"illegal flow end", "a ']' or '}' that was never opened"},
      {"illegal EOF in scalar", "a quote that is never closed"},
      {"the referenced anchor is not defined",
       "an alias without its anchor; put quotes around a text that begins with *"},
      {"unknown token", kStrayCharacter},
      {"bad file", "nested too deeply"},
  };
  for (const auto& [theirs, ours] : kClearer) {
    if (message.starts_with(theirs)) return {offset, std::string(ours)};
  }
  return {offset, std::string(message.substr(0, message.find(':')))};
}

std::optional<YamlError> parse_into(const std::string& text, YamlTree& tree) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  TreeBuilder builder(text, tree);
  const YamlNode* first = nullptr;
  for (int document = 0; parser.HandleNextDocument(builder); ++document) {
    if (document == 0) {
      first = tree.root;
    } else if (tree.root != nullptr && tree.root->kind != YamlNode::Kind::kNull) {
      return YamlError{tree.root->offset, "a second document; only one is read, so put everything into it"};
    }
  }
  tree.root = first;
  return std::nullopt;
}

}  // namespace

std::expected<YamlTree, YamlError> parse_yaml(const std::string& text) {
  YamlTree tree;
  try {
    if (std::optional<YamlError> error = parse_into(text, tree)) return std::unexpected(std::move(*error));
    return tree;
  } catch (const Refused& refused) {
    return std::unexpected(refused.error);
  } catch (const YAML::Exception& exception) {
    return std::unexpected(to_error(exception, text));
  } catch (const std::exception&) {
    return std::unexpected(YamlError{0, "cannot be read as YAML"});
  }
}

std::string_view describe(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kScalar: return "a text";
    case YamlNode::Kind::kList: return "a list";
    case YamlNode::Kind::kMap: return "a map";
  }
  return "something else";
}

}  // namespace fas::config
