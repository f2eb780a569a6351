// Functions on text. Positions and lengths within a text are in bytes, as Go's strings package counts.
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "expr/arguments.h"
#include "expr/builtin.h"
#include "expr/case_mapping.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

using Arguments = std::span<const Value>;

// What the reference lets one run gather in text by repeat().
constexpr std::int64_t kRepeatLimit = 1'000'000;

// Bytes at the end of `text` that are its last code point.
Rune last_rune(std::string_view text) {
  const auto least = text.size() > 4 ? text.size() - 4 : 0;
  for (auto at = text.size() - 1;; --at) {
    const auto rune = decode_rune(text.substr(at));
    if (at + rune.size == text.size() && (rune.size > 1 || static_cast<unsigned char>(text[at]) < 0x80)) return rune;
    if (at == least) return {};
  }
}

template <class Predicate>
std::string_view trim_where(std::string_view text, Predicate cut) {
  while (!text.empty()) {
    const auto rune = decode_rune(text);
    if (!cut(rune.code)) break;
    text.remove_prefix(rune.size);
  }
  while (!text.empty()) {
    const auto rune = last_rune(text);
    if (!cut(rune.code)) break;
    text.remove_suffix(rune.size);
  }
  return text;
}

bool contains_rune(std::string_view set, char32_t code) {
  while (!set.empty()) {
    const auto rune = decode_rune(set);
    if (rune.code == code) return true;
    set.remove_prefix(rune.size);
  }
  return false;
}

Value trim(Context&, Arguments arguments) {
  const auto text = text_argument(arguments, 0, "trim");
  if (arguments.size() == 1) return Value::string(trim_where(text, is_space));
  const auto set = text_argument(arguments, 1, "trim");
  return Value::string(trim_where(text, [set](char32_t code) { return contains_rune(set, code); }));
}

// The affix to remove is a space where none is given.
std::string_view affix(Arguments arguments, std::string_view function) {
  return arguments.size() > 1 ? text_argument(arguments, 1, function) : " ";
}

Value trim_prefix(Context&, Arguments arguments) {
  auto text = text_argument(arguments, 0, "trimPrefix");
  const auto prefix = affix(arguments, "trimPrefix");
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  return Value::string(text);
}

Value trim_suffix(Context&, Arguments arguments) {
  auto text = text_argument(arguments, 0, "trimSuffix");
  const auto suffix = affix(arguments, "trimSuffix");
  if (text.ends_with(suffix)) text.remove_suffix(suffix.size());
  return Value::string(text);
}

Value upper(Context& context, Arguments arguments) {
  return Value::string(to_upper(text_argument(arguments, 0, "upper"), context.arena));
}

Value lower(Context& context, Arguments arguments) {
  return Value::string(to_lower(text_argument(arguments, 0, "lower"), context.arena));
}

// Calls `visit` with the place and length of each separator that splits `text` into at most `most` parts. An empty
// separator stands between any two code points.
template <class Visit>
void each_separator(std::string_view text, std::string_view separator, std::size_t most, Visit visit) {
  std::size_t at = 0;
  for (std::size_t parts = 1; parts < most; ++parts) {
    if (separator.empty()) {
      if (at >= text.size()) return;
      at += decode_rune(text.substr(at)).size;
      if (at >= text.size()) return;
      visit(at);
      continue;
    }
    const auto found = text.find(separator, at);
    if (found == std::string_view::npos) return;
    visit(found);
    at = found + separator.size();
  }
}

// The parts share the text's memory. `keep` leaves the separator at the end of each.
Value split_text(Context& context, std::string_view text, std::string_view separator, std::size_t most, bool keep) {
  std::size_t count = text.empty() && separator.empty() ? 0 : 1;
  each_separator(text, separator, most, [&](std::size_t) { ++count; });
  const auto parts = context.arena.array<Value>(count);
  std::size_t part = 0;
  std::size_t from = 0;
  each_separator(text, separator, most, [&](std::size_t at) {
    const auto next = at + separator.size();
    parts[part++] = Value::string(text.substr(from, (keep ? next : at) - from));
    from = next;
  });
  if (part < count) parts[part] = Value::string(text.substr(from));
  return Value::array(parts, ElementKind::kString);
}

Value split_call(Context& context, Arguments arguments, std::string_view function, bool keep) {
  const auto text = text_argument(arguments, 0, function);
  const auto separator = text_argument(arguments, 1, function);
  const auto most = arguments.size() > 2 ? int_argument(arguments, 2, function) : -1;
  if (most == 0) return Value::array({}, ElementKind::kString);
  return split_text(context, text, separator, most < 0 ? SIZE_MAX : static_cast<std::size_t>(most), keep);
}

Value split(Context& context, Arguments arguments) { return split_call(context, arguments, "split", false); }
Value split_after(Context& context, Arguments arguments) { return split_call(context, arguments, "splitAfter", true); }

// Calls `visit` with the place of each occurrence that is replaced, at most `most`. An empty `old` stands before every
// code point and at the end.
template <class Visit>
void each_occurrence(std::string_view text, std::string_view old, std::size_t most, Visit visit) {
  std::size_t at = 0;
  for (std::size_t count = 0; count < most; ++count) {
    if (old.empty()) {
      if (count > 0) {
        if (at >= text.size()) return;
        at += decode_rune(text.substr(at)).size;
      }
      visit(at);
      continue;
    }
    const auto found = text.find(old, at);
    if (found == std::string_view::npos) return;
    visit(found);
    at = found + old.size();
  }
}

Value replace(Context& context, Arguments arguments) {
  const auto text = text_argument(arguments, 0, "replace");
  const auto old = text_argument(arguments, 1, "replace");
  const auto with = text_argument(arguments, 2, "replace");
  const auto limit = arguments.size() > 3 ? int_argument(arguments, 3, "replace") : -1;
  const auto most = limit < 0 ? SIZE_MAX : static_cast<std::size_t>(limit);
  std::size_t count = 0;
  each_occurrence(text, old, most, [&](std::size_t) { ++count; });
  if (count == 0) return arguments[0];
  if (with.size() > context.arena.room() / count) fail_run("memory budget exceeded");
  const auto out = context.arena.array<char>(text.size() + count * with.size() - count * old.size());
  std::size_t to = 0;
  std::size_t from = 0;
  each_occurrence(text, old, most, [&](std::size_t at) {
    to += text.copy(out.data() + to, at - from, from);
    to += with.copy(out.data() + to, with.size());
    from = at + old.size();
  });
  text.copy(out.data() + to, text.size() - from, from);
  return Value::string({out.data(), out.size()});
}

Value repeat(Context& context, Arguments arguments) {
  const auto text = text_argument(arguments, 0, "repeat");
  const auto count = int_argument(arguments, 1, "repeat");
  if (count < 0) fail_run(fmt::format("invalid argument for repeat (expected positive integer, got {})", count));
  if (text.empty() || count == 0) return Value::string("");
  if (count > kRepeatLimit || static_cast<std::int64_t>(text.size()) > kRepeatLimit / count) {
    fail_run("memory budget exceeded");
  }
  const auto out = context.arena.array<char>(text.size() * static_cast<std::size_t>(count));
  for (std::size_t at = 0; at < out.size(); at += text.size()) text.copy(out.data() + at, text.size());
  return Value::string({out.data(), out.size()});
}

Value join(Context& context, Arguments arguments) {
  if (!arguments[0].is(Kind::kArray)) fail_argument(arguments[0], "array of string", "join");
  const auto separator = arguments.size() > 1 ? text_argument(arguments, 1, "join") : "";
  const auto parts = arguments[0].as_array();
  std::size_t size = 0;
  for (const auto& part : parts) {
    if (!part.is_string())
      fail_run(fmt::format("cannot join {}: every element must be a string", kind_name(part.kind())));
    size += part.size();
  }
  if (parts.empty()) return Value::string("");
  if (separator.size() > context.arena.room() / parts.size()) fail_run("memory budget exceeded");
  const auto out = context.arena.array<char>(size + (parts.size() - 1) * separator.size());
  std::size_t at = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) at += separator.copy(out.data() + at, separator.size());
    at += parts[i].as_text().copy(out.data() + at, parts[i].size());
  }
  return Value::string({out.data(), out.size()});
}

Value position(std::size_t at) {
  return Value::integer(at == std::string_view::npos ? -1 : static_cast<std::int64_t>(at));
}

Value index_of(Context&, Arguments arguments) {
  return position(text_argument(arguments, 0, "indexOf").find(text_argument(arguments, 1, "indexOf")));
}

Value last_index_of(Context&, Arguments arguments) {
  return position(text_argument(arguments, 0, "lastIndexOf").rfind(text_argument(arguments, 1, "lastIndexOf")));
}

Value has_prefix(Context&, Arguments arguments) {
  return Value::boolean(text_argument(arguments, 0, "hasPrefix").starts_with(text_argument(arguments, 1, "hasPrefix")));
}

Value has_suffix(Context&, Arguments arguments) {
  return Value::boolean(text_argument(arguments, 0, "hasSuffix").ends_with(text_argument(arguments, 1, "hasSuffix")));
}

constexpr Type kText = TypeKind::kString;
constexpr Type kInt = TypeKind::kInt;
constexpr Type kBool = TypeKind::kBool;
constexpr Type kArray = TypeKind::kArray;

constexpr std::array kTextToText{Signature{{kText}, 1, kText}};
constexpr std::array kOneOrTwoTexts{Signature{{kText}, 1, kText}, Signature{{kText, kText}, 2, kText}};
constexpr std::array kReplace{Signature{{kText, kText, kText}, 3, kText},
                              Signature{{kText, kText, kText, kInt}, 4, kText}};
constexpr std::array kRepeat{Signature{{kText, kInt}, 2, kText}};
constexpr std::array kJoin{Signature{{kArray}, 1, kText}, Signature{{kArray, kText}, 2, kText}};
constexpr std::array kPosition{Signature{{kText, kText}, 2, kInt}};
constexpr std::array kTest{Signature{{kText, kText}, 2, kBool}};

std::span<const Signature> split_signatures() {
  static const std::array signatures{Signature{{kText, kText}, 2, Type::strings()},
                                     Signature{{kText, kText, kInt}, 3, Type::strings()}};
  return signatures;
}

}  // namespace

std::span<const Builtin> string_builtins() {
  static const std::array builtins{
      Builtin{.name = "trim", .signatures = kOneOrTwoTexts, .run = trim},
      Builtin{.name = "trimPrefix", .signatures = kOneOrTwoTexts, .run = trim_prefix},
      Builtin{.name = "trimSuffix", .signatures = kOneOrTwoTexts, .run = trim_suffix},
      Builtin{.name = "upper", .signatures = kTextToText, .run = upper},
      Builtin{.name = "lower", .signatures = kTextToText, .run = lower},
      Builtin{.name = "split", .signatures = split_signatures(), .run = split},
      Builtin{.name = "splitAfter", .signatures = split_signatures(), .run = split_after},
      Builtin{.name = "replace", .signatures = kReplace, .run = replace},
      Builtin{.name = "repeat", .signatures = kRepeat, .run = repeat},
      Builtin{.name = "join", .signatures = kJoin, .run = join},
      Builtin{.name = "indexOf", .signatures = kPosition, .run = index_of},
      Builtin{.name = "lastIndexOf", .signatures = kPosition, .run = last_index_of},
      Builtin{.name = "hasPrefix", .signatures = kTest, .run = has_prefix},
      Builtin{.name = "hasSuffix", .signatures = kTest, .run = has_suffix},
  };
  return builtins;
}

}  // namespace fas::expr
