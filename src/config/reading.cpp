#include "config/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/utf8.h"

namespace fas::config {
namespace {

constexpr std::size_t kMaxProblems = 50;     // more are counted only
constexpr std::size_t kMaxWalked = 100'000;  // a real file has a few hundred entries
constexpr std::size_t kMaxQuotedCharacters = 60;
constexpr int kMaxMergeDepth = 8;

// Without line ends and other control characters, which would break the "one problem a line" form.
std::string one_line(std::string_view text) {
  std::string result;
  std::size_t characters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool begins_character = (byte & 0xC0U) != 0x80U;
    if (begins_character && ++characters > kMaxQuotedCharacters) return result + "...";
    if (byte < 0x20 || byte == 0x7F) {
      result += ' ';
    } else {
      result += c;
    }
  }
  return result;
}

// "scheme://(secret)@host/path?(secret)": credentials may stand there whatever the key is.
std::string hide_credentials(std::string text) {
  for (std::size_t begin = text.find("://"); begin != std::string::npos; begin = text.find("://", begin)) {
    begin += 3;
    const std::size_t host_end = std::min(text.find_first_of("/?# \t\n", begin), text.size());
    const std::size_t at = text.rfind('@', host_end);
    if (at != std::string::npos && at >= begin && at < host_end) text.replace(begin, at - begin, "(secret)");
    const std::size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
    const std::size_t query = text.find_first_of("?#", begin);
    if (query < end) text.replace(query + 1, end - query - 1, "(secret)");
  }
  return text;
}

std::optional<std::string_view> nearest_key(std::string_view name, std::span<const std::string_view> candidates) {
  // The distance is quadratic in the length, and no key is as long as this.
  constexpr std::size_t kLongestKey = 64;
  return name.size() > kLongestKey ? std::nullopt : nearest(name, candidates);
}

std::string did_you_mean(std::optional<std::string_view> meant) {
  return meant ? fmt::format("; did you mean \"{}\"?", *meant) : std::string();
}

}  // namespace

std::string to_string(const Origin& origin) {
  if (!origin.env.empty()) return origin.env;
  if (origin.line == 0) return origin.file;
  return fmt::format("{}:{}:{}", origin.file, origin.line, origin.column);
}

Origin Reading::origin(const YamlNode& node) const {
  if (expansion_ == nullptr) return {.file = file_, .env = {}};
  const Expansion::Place place = expansion_->place(node.offset);
  return {.file = file_, .line = place.line, .column = place.column, .env = {}};
}

Written Reading::written(const YamlNode& node, std::string name, bool secret, bool query_like) {
  Written value{.text = text(node, query_like), .origin = origin(node), .name = std::move(name), .secret = secret};
  show(value);
  return value;
}

void Reading::show(const Written& value) {
  if (value.secret) {
    shown_.push_back({.name = value.name, .value = "(secret)", .origin = value.origin});
    return;
  }
  const bool from_file = value.origin.env.empty();
  std::string text = hide_credentials(from_file ? redact(value.text) : value.text);
  shown_.push_back({.name = value.name, .value = std::move(text), .origin = value.origin});
}

std::string Reading::text(const YamlNode& node, bool query_like) const {
  return resolve_app_name(node.scalar, query_like, environment_);
}

std::optional<Written> Reading::variable(const std::string& name, bool secret, bool query_like) {
  std::optional<std::string> value = environment_(name);
  if (!value || value->empty()) return std::nullopt;
  Written result{.text = std::move(*value), .origin = {.file = {}, .env = name}, .name = name, .secret = secret};
  if (first_bad_byte(result.text)) {
    problem(name + ": not UTF-8 text");
    return std::nullopt;
  }
  if (!query_like) {
    show(result);
    return result;
  }
  Result<Expansion> expansion = Expansion::make(result.text, environment_);
  if (!expansion) {
    problem(name + ": " + expansion.error().message);
    return std::nullopt;
  }
  result.text = resolve_app_name(expansion->text(), query_like, environment_);
  show(Written{.text = expansion->redact(result.text), .origin = result.origin, .name = name, .secret = secret});
  return result;
}

void Reading::problem_at(const YamlNode& node, std::string_view message) { problem_at_offset(node.offset, message); }

void Reading::problem_at_offset(std::size_t offset, std::string_view message) {
  if (problem_count_ >= kMaxProblems || expansion_ == nullptr) {
    ++problem_count_;
    return;
  }
  const Expansion::Place place = expansion_->place(offset);
  std::string line = fmt::format("{}:{}:{}: {}", file_, place.line, place.column, message);
  if (!place.variable.empty()) line += fmt::format(" (in the value of ${})", place.variable);
  problem(std::move(line));
}

void Reading::problem_at(const Written& value, std::string_view message) {
  problem(fmt::format("{}: {}", to_string(value.origin), message));
}

void Reading::problem(std::string message) {
  if (++problem_count_ <= kMaxProblems) problems_.push_back(std::move(message));
}

std::string Reading::quote(const Written& value) const {
  if (value.secret) return "(secret)";
  const bool from_file = value.origin.env.empty();
  return fmt::format("\"{}\"", one_line(from_file ? redact(value.text) : value.text));
}

std::string Reading::redact(std::string text) const {
  return expansion_ == nullptr ? text : expansion_->redact(std::move(text));
}

bool Reading::walk_on(const YamlNode& node) {
  if (!is_cut_ && ++walked_ > kMaxWalked) cut(node, "too many entries; do aliases repeat one another?");
  return !is_cut_;
}

void Reading::cut(const YamlNode& node, std::string_view message) {
  is_cut_ = true;
  problem_at(node, message);
}

void Reading::merge(const YamlNode& from, Collected& collected, int depth) {
  if (from.kind == YamlNode::Kind::kMap) {
    collect_entries(from, collected, depth + 1);
    return;
  }
  if (from.kind != YamlNode::Kind::kList) {
    problem_at(from, "<< takes a map, or a list of maps");
    return;
  }
  for (const YamlNode* item : from.items) {
    if (!walk_on(*item)) return;
    if (item->kind == YamlNode::Kind::kMap) {
      collect_entries(*item, collected, depth + 1);
    } else {
      problem_at(*item, "<< takes a map, or a list of maps");
    }
  }
}

void Reading::collect_entries(const YamlNode& map, Collected& collected, int depth) {
  if (depth > kMaxMergeDepth) {
    cut(map, "<< is nested too deeply");
    return;
  }
  std::set<std::string_view> own;
  std::vector<const YamlNode*> merges;
  for (const YamlEntry& entry : map.entries) {
    if (!walk_on(*entry.key)) return;
    const std::string& key = entry.key->scalar;
    if (entry.key->kind != YamlNode::Kind::kScalar) {
      problem_at(*entry.key, fmt::format("a key must be a text, not {}", describe(entry.key->kind)));
    } else if (key == "<<") {
      merges.push_back(entry.value);
    } else if (!own.insert(key).second) {
      problem_at(*entry.key, fmt::format("key \"{}\" is there twice; remove one", one_line(redact(key))));
    } else if (collected.keys.insert(key).second) {
      collected.entries.push_back(entry);
    }
  }
  for (const YamlNode* from : merges) merge(*from, collected, depth);
}

void Reading::unknown_key(const YamlNode& key, std::string_view prefix, std::span<const std::string_view> known) {
  if (problem_count_ >= kMaxProblems) {  // not worth looking for what was meant
    ++problem_count_;
    return;
  }
  const auto meant = nearest_key(key.scalar, known);
  if (meant) mark_attempted(fmt::format("{}{}", prefix, *meant));
  std::string where(prefix);
  if (where.ends_with('.')) where.replace(where.size() - 1, 1, ": ");
  problem_at(key, fmt::format("{}unknown key \"{}\"{}", where, one_line(redact(key.scalar)), did_you_mean(meant)));
}

std::vector<YamlEntry> Reading::entries(const YamlNode& map) {
  Collected collected;
  collect_entries(map, collected, 0);
  return std::move(collected.entries);
}

void Reading::drop_unknown(std::vector<YamlEntry>& entries, std::string_view prefix,
                           std::span<const std::string_view> known) {
  std::erase_if(entries, [&](const YamlEntry& entry) {
    if (std::ranges::find(known, entry.key->scalar) != known.end()) return false;
    unknown_key(*entry.key, prefix, known);
    return true;
  });
}

bool Reading::attempted_below(std::string_view prefix) const {
  const auto first = attempted_.lower_bound(prefix);
  return first != attempted_.end() && first->starts_with(prefix);
}

Error Reading::error() const {
  std::string message;
  for (const std::string& problem : problems_) {
    if (!message.empty()) message += '\n';
    message += problem;
  }
  if (problem_count_ > kMaxProblems) message += fmt::format("\nand {} more", problem_count_ - kMaxProblems);
  return Error{.kind = ErrorKind::kInvalid, .message = std::move(message), .request_id = {}, .retry_after = {}};
}

std::string quoted_list(std::span<const std::string_view> words) {
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) result += i + 1 == words.size() ? " or " : ", ";
    result += fmt::format("\"{}\"", words[i]);
  }
  return result;
}

std::string suggestion(std::string_view name, std::span<const std::string_view> candidates) {
  return did_you_mean(nearest_key(name, candidates));
}

}  // namespace fas::config
