#include "expr/matcher.h"

#include <bit>

namespace fas::expr {
namespace {

constexpr int kMostPositions = 60;
constexpr std::string_view kSpecial = "\\.+*?()|[]{}^$";

struct Set {
  std::uint64_t words[2] = {};
  bool negated = false;

  void add(char c) { words[c >> 6] |= std::uint64_t{1} << (c & 63); }
};

bool is_plain(char c) { return static_cast<unsigned char>(c) < 0x80 && kSpecial.find(c) == std::string_view::npos; }

// Reads one [class] from behind its bracket; false for what is not plain in it.
bool read_class(std::string_view& pattern, Set& set) {
  if (!pattern.empty() && pattern.front() == '^') {
    set.negated = true;
    pattern.remove_prefix(1);
  }
  bool first = true;
  while (!pattern.empty() && pattern.front() != ']') {
    const char low = pattern.front();
    if (!is_plain(low) || low == '-' || low == '&') return false;
    char high = low;
    pattern.remove_prefix(1);
    if (pattern.size() > 1 && pattern[0] == '-' && pattern[1] != ']') {
      high = pattern[1];
      if (!is_plain(high) || high < low) return false;
      pattern.remove_prefix(2);
    }
    for (int c = static_cast<unsigned char>(low); c <= static_cast<unsigned char>(high); ++c) {
      set.add(static_cast<char>(c));
    }
    first = false;
  }
  if (first || pattern.empty()) return false;
  pattern.remove_prefix(1);
  return true;
}

// Reads one character or set; false for anything else.
bool read_atom(std::string_view& pattern, Set& set) {
  const char c = pattern.front();
  pattern.remove_prefix(1);
  if (c == '[') return read_class(pattern, set);
  if (c == '.') {
    set.negated = true;
    set.add('\n');
    return true;
  }
  if (c == '\\') {
    // An escaped sign is itself.
    if (pattern.empty() || kSpecial.find(pattern.front()) == std::string_view::npos) return false;
    set.add(pattern.front());
    pattern.remove_prefix(1);
    return true;
  }
  if (!is_plain(c)) return false;
  set.add(c);
  return true;
}

}  // namespace

std::optional<Matcher> Matcher::make(std::string_view pattern) {
  Matcher matcher;
  if (!pattern.empty() && pattern.front() == '^') {
    matcher.from_start_ = true;
    pattern.remove_prefix(1);
  }
  int position = 0;
  while (!pattern.empty()) {
    if (pattern == "$") {
      matcher.to_end_ = true;
      break;
    }
    if (position == kMostPositions) return std::nullopt;
    Set set;
    if (!read_atom(pattern, set)) return std::nullopt;
    const std::uint64_t bit = std::uint64_t{1} << position++;
    matcher.ascii_only_ = matcher.ascii_only_ || set.negated;
    for (int word = 0; word < 2; ++word) {
      for (std::uint64_t left = set.negated ? ~set.words[word] : set.words[word]; left != 0; left &= left - 1) {
        matcher.steps_[word * 64 + std::countr_zero(left)] |= bit;
      }
    }
    if (pattern.empty()) break;
    const char repeat = pattern.front();
    if (repeat == '*' || repeat == '+') matcher.repeats_ |= bit;
    if (repeat == '*' || repeat == '?') matcher.optional_ |= bit;
    if (repeat != '*' && repeat != '+' && repeat != '?') continue;
    pattern.remove_prefix(1);
    // Two signs of repetition are a lazy repeat, which finds the same, or a fault: RE2's affair.
    if (!pattern.empty() && std::string_view("*+?").find(pattern.front()) != std::string_view::npos)
      return std::nullopt;
  }
  matcher.accept_ = std::uint64_t{1} << position;
  return matcher;
}

// With what passing over optional positions reaches: a carry runs through each run of them.
std::uint64_t Matcher::closure(std::uint64_t states) const {
  const std::uint64_t passable = states & optional_;
  if (passable == 0) return states;
  // In every run of optional bits, all from the lowest state up to and with the bit behind the run.
  const std::uint64_t carried = optional_ + passable;
  return states | (carried ^ optional_);
}

std::optional<bool> Matcher::found_in(std::string_view text) const {
  std::uint64_t states = closure(1);
  const std::uint64_t start = from_start_ ? 0 : states;
  if ((states & accept_) != 0 && !to_end_) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      if (ascii_only_) return std::nullopt;
      states = start;  // no position takes it
      continue;
    }
    const std::uint64_t taken = states & steps_[byte];
    states = closure((taken << 1) | (taken & repeats_)) | start;
    if ((states & accept_) != 0 && !to_end_) return true;
    if (states == 0) return false;
  }
  return (states & accept_) != 0;
}

}  // namespace fas::expr
