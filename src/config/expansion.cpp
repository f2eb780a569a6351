#include "config/expansion.h"

#include <algorithm>
#include <set>

#include "config/utf8.h"

namespace fas::config {
namespace {

// U+FDD0 is a noncharacter: Unicode sets it aside for a program's own use, and no text holds it.
constexpr std::string_view kAppNameMarker = "\xEF\xB7\x90";
constexpr std::string_view kAppName = "APP_NAME";

// Shorter values are too likely to be part of something else by chance.
constexpr std::size_t kShortestRedacted = 4;

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

struct Reference {
  std::string_view name;   // empty: an escaped dollar
  std::size_t length = 0;  // of the whole reference; 0: there is none
};

std::string_view name_at(std::string_view text) {
  if (text.empty() || !is_name_start(text.front())) return {};
  return text.substr(0, std::ranges::find_if_not(text, is_name_part) - text.begin());
}

// `text` begins with a dollar.
Reference reference_at(std::string_view text) {
  if (text.starts_with("$$")) return {.name = {}, .length = 2};
  const bool braces = text.starts_with("${");
  const std::string_view name = name_at(text.substr(braces ? 2 : 1));
  if (name.empty()) return {};
  if (!braces) return {.name = name, .length = name.size() + 1};
  const std::size_t end = 2 + name.size();
  if (end >= text.size() || text[end] != '}') return {};
  return {.name = name, .length = end + 1};
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

Result<Expansion> Expansion::make(std::string_view original, const Environment& environment) {
  Expansion expansion(original);
  std::set<std::string_view> variables;
  std::size_t copied = 0;
  for (std::size_t at = original.find('$'); at != std::string_view::npos; at = original.find('$', at)) {
    const Reference reference = reference_at(original.substr(at));
    if (reference.length == 0) {
      ++at;
      continue;
    }
    std::string value = "$";
    if (reference.name == kAppName) {
      value = kAppNameMarker;
    } else if (!reference.name.empty()) {
      value = environment(reference.name).value_or("");
    }
    expansion.text_ += original.substr(copied, at - copied);
    if (expansion.text_.size() + value.size() > kMaxExpandedBytes) {
      return fail(ErrorKind::kInvalid, "too large once its variables are filled in; most are below 10 KiB");
    }
    expansion.append(
        {.begin = 0, .end = 0, .original_begin = at, .original_end = at + reference.length, .variable = reference.name},
        value);
    const bool is_secret = !reference.name.empty() && reference.name != kAppName;
    if (is_secret && variables.insert(reference.name).second) {
      expansion.variables_.push_back(expansion.pieces_.size() - 1);
    }
    at += reference.length;
    copied = at;
  }
  expansion.text_ += original.substr(copied);
  expansion.line_starts_.push_back(0);
  for (std::size_t i = 0; i < original.size(); ++i) {
    if (original[i] == '\n') expansion.line_starts_.push_back(i + 1);
  }
  return expansion;
}

void Expansion::append(const Piece& piece, std::string_view value) {
  Piece placed = piece;
  placed.begin = text_.size();
  text_ += value;
  placed.end = text_.size();
  pieces_.push_back(placed);
}

Expansion::Place Expansion::place(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  std::size_t original = offset;
  std::string_view variable;
  // The last piece that begins at or before the offset.
  auto piece = std::ranges::upper_bound(pieces_, offset, {}, &Piece::begin);
  if (piece != pieces_.begin()) {
    --piece;
    const bool inside = offset < piece->end;
    original = inside ? piece->original_begin : piece->original_end + (offset - piece->end);
    if (inside) variable = piece->variable;
  }
  const auto line = std::ranges::upper_bound(line_starts_, original) - 1;
  const std::size_t characters = count_characters(original_.substr(*line, original - *line));
  return {.line = static_cast<int>(line - line_starts_.begin()) + 1,
          .column = static_cast<int>(characters) + 1,
          .variable = variable};
}

std::string Expansion::redact(std::string text) const {
  for (const std::size_t index : variables_) {
    const Piece& piece = pieces_[index];
    const std::string_view value = std::string_view(text_).substr(piece.begin, piece.end - piece.begin);
    if (value.size() < kShortestRedacted) continue;
    const std::string name = "$" + std::string(piece.variable);
    // YAML may have cut the value in two: a part of a secret is as secret as the whole.
    const bool is_part = text.size() >= kShortestRedacted && value.find(text) != std::string_view::npos;
    if (is_part) return name;
    replace_all(text, value, name);
  }
  replace_all(text, kAppNameMarker, "${APP_NAME}");
  return text;
}

std::string resolve_app_name(std::string text, bool query_like, const Environment& environment) {
  if (text.find(kAppNameMarker) == std::string::npos) return text;
  const std::string with = query_like ? "${APP_NAME}" : environment(kAppName).value_or("");
  replace_all(text, kAppNameMarker, with);
  return text;
}

}  // namespace fas::config
