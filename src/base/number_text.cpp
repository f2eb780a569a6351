#include "base/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace fas {
namespace {

// The shortest digits that identify a double, d.ddd * 10^exponent. Seventeen digits always suffice.
struct Digits {
  std::array<char, 20> text{};
  int count = 0;
  int exponent = 0;
};

Digits shortest_digits(double magnitude) {
  std::array<char, 40> buffer{};
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude, std::chars_format::scientific);
  Digits digits;
  const char* at = buffer.data();
  for (; at != end.ptr && *at != 'e'; ++at) {
    if (*at != '.') digits.text[static_cast<std::size_t>(digits.count++)] = *at;
  }
  const char* exponent = at + 1;
  if (*exponent == '+') ++exponent;  // from_chars takes no plus sign
  std::from_chars(exponent, end.ptr, digits.exponent);
  return digits;
}

void append_digits(std::string& out, const Digits& digits, int from, int to) {
  for (int i = from; i < to; ++i) out += i < digits.count ? digits.text[static_cast<std::size_t>(i)] : '0';
}

void append_positional(std::string& out, const Digits& digits) {
  if (digits.exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-digits.exponent - 1), '0');
    append_digits(out, digits, 0, digits.count);
    return;
  }
  const int whole = digits.exponent + 1;
  append_digits(out, digits, 0, whole);
  if (digits.count > whole) {
    out += '.';
    append_digits(out, digits, whole, digits.count);
  }
}

void append_scientific(std::string& out, const Digits& digits, bool two_exponent_digits) {
  append_digits(out, digits, 0, 1);
  if (digits.count > 1) {
    out += '.';
    append_digits(out, digits, 1, digits.count);
  }
  out += 'e';
  out += digits.exponent < 0 ? '-' : '+';
  const int exponent = std::abs(digits.exponent);
  if (two_exponent_digits && exponent < 10) out += '0';
  std::array<char, 8> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), exponent);
  out.append(buffer.data(), end.ptr);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

// 36 for what is no digit in any base.
int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 36;
}

// An underscore stands between two digits, or between a base prefix and a digit. `after_prefix`: text[0] follows one.
bool underscores_ok(std::string_view text, int base, bool after_prefix) {
  bool digit_before = after_prefix;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      digit_before = digit_value(text[i]) < base;
      continue;
    }
    const bool digit_after = i + 1 < text.size() && digit_value(text[i + 1]) < base;
    if (!digit_before || !digit_after) return false;
    digit_before = false;
  }
  return true;
}

bool take_sign(std::string_view& text) {
  if (text.empty() || (text.front() != '-' && text.front() != '+')) return false;
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  return negative;
}

// For base 0: the base that the prefix names, the prefix removed. `prefixed` says whether there was one.
int take_base(std::string_view& text, bool& prefixed) {
  prefixed = false;
  if (text.size() < 2 || text.front() != '0') return 10;
  const char letter = lower(text[1]);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  prefixed = true;
  if (base != 0 && text.size() >= 3) {
    text.remove_prefix(2);
    return base;
  }
  text.remove_prefix(1);
  return 8;
}

ParsedNumber<std::int64_t> syntax_error_int() { return {.value = 0, .error = NumberError::kSyntax}; }
ParsedNumber<double> syntax_error_float() { return {.value = 0, .error = NumberError::kSyntax}; }

ParsedNumber<double> special_float(std::string_view text) {
  if (equal_ignoring_case(text, "nan")) return {.value = std::numeric_limits<double>::quiet_NaN(), .error = {}};
  const bool negative = take_sign(text);
  if (!equal_ignoring_case(text, "inf") && !equal_ignoring_case(text, "infinity")) return syntax_error_float();
  const double infinity = std::numeric_limits<double>::infinity();
  return {.value = negative ? -infinity : infinity, .error = {}};
}

// The pieces of a number's text that decide whether an out-of-range one is too large or too small.
struct Scan {
  bool ok = false;
  bool zero = true;          // no digit but 0 in the mantissa
  std::int64_t leading = 0;  // place of the first digit that is not 0: 1 for units, 0 for the first after the point
  std::int64_t exponent = 0;
};

// Checks the grammar of an unsigned number without underscores: mantissa in `base`, then an exponent in decimal.
Scan scan_number(std::string_view text, int base) {
  Scan scan;
  std::size_t i = 0;
  bool digits = false;
  bool point = false;
  std::int64_t whole_after_leading = 0;
  std::int64_t zeros_after_point = 0;
  for (; i < text.size(); ++i) {
    if (text[i] == '.') {
      if (point) return scan;
      point = true;
      continue;
    }
    if (digit_value(text[i]) >= base) break;
    digits = true;
    if (text[i] != '0') scan.zero = false;
    if (!scan.zero && !point) ++whole_after_leading;
    if (scan.zero && point) ++zeros_after_point;
  }
  if (!digits) return scan;
  scan.leading = whole_after_leading > 0 ? whole_after_leading : -zeros_after_point;
  const char mark = base == 16 ? 'p' : 'e';
  if (i == text.size()) {
    scan.ok = base == 10;  // a hexadecimal one needs its exponent
    return scan;
  }
  if (lower(text[i]) != mark) return scan;
  auto exponent = text.substr(i + 1);
  const bool negative = take_sign(exponent);
  if (exponent.empty()) return scan;
  for (const char c : exponent) {
    if (c < '0' || c > '9') return scan;
    if (scan.exponent < 1'000'000'000) scan.exponent = scan.exponent * 10 + (c - '0');
  }
  if (negative) scan.exponent = -scan.exponent;
  scan.ok = true;
  return scan;
}

// std::from_chars' exponent is no wider than an int; what lies beyond is decided here as well.
ParsedNumber<double> convert(std::string_view text, int base, const Scan& scan) {
  const auto magnitude = scan.leading * (base == 16 ? 4 : 1) + scan.exponent;
  double value = 0;
  auto code = std::errc::result_out_of_range;
  if (std::abs(scan.exponent) < 1'000'000) {
    const auto format = base == 16 ? std::chars_format::hex : std::chars_format::general;
    code = std::from_chars(text.data(), text.data() + text.size(), value, format).ec;
  }
  if (scan.zero) return {.value = 0, .error = {}};
  if (code == std::errc{} && std::isfinite(value)) return {.value = value, .error = {}};
  if (magnitude < 0) return {.value = 0, .error = {}};
  return {.value = std::numeric_limits<double>::infinity(), .error = NumberError::kRange};
}

}  // namespace

void append_float(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "-Inf" : "+Inf";
    return;
  }
  if (std::signbit(value)) out += '-';
  const auto digits = shortest_digits(std::fabs(value));
  if (digits.exponent < -4 || digits.exponent >= 6) {
    append_scientific(out, digits, true);
  } else {
    append_positional(out, digits);
  }
}

std::string format_float(double value) {
  std::string out;
  append_float(out, value);
  return out;
}

void append_json_float(std::string& out, double value) {
  if (std::signbit(value)) out += '-';
  const auto digits = shortest_digits(std::fabs(value));
  if (value != 0 && (digits.exponent < -6 || digits.exponent >= 21)) {
    append_scientific(out, digits, false);
  } else {
    append_positional(out, digits);
  }
}

ParsedNumber<std::int64_t> parse_int(std::string_view text, int base) {
  const bool negative = take_sign(text);
  std::string clean;
  if (base == 0) {
    bool prefixed = false;
    base = take_base(text, prefixed);
    if (text.find('_') != std::string_view::npos) {
      if (!underscores_ok(text, 10 > base ? 10 : base, prefixed)) return syntax_error_int();
      for (const char c : text) {
        if (c != '_') clean += c;
      }
      text = clean;
    }
  }
  if (text.empty()) return syntax_error_int();
  std::uint64_t magnitude = 0;
  const std::uint64_t limit = std::uint64_t{1} << 63;
  bool over = false;
  for (const char c : text) {
    const int digit = digit_value(c);
    if (digit >= base) return syntax_error_int();
    if (over) continue;
    over = magnitude > (limit - static_cast<std::uint64_t>(digit)) / static_cast<std::uint64_t>(base);
    if (!over) magnitude = magnitude * static_cast<std::uint64_t>(base) + static_cast<std::uint64_t>(digit);
  }
  if (over || (!negative && magnitude == limit)) {
    using Limits = std::numeric_limits<std::int64_t>;
    return {.value = negative ? Limits::min() : Limits::max(), .error = NumberError::kRange};
  }
  return {.value = static_cast<std::int64_t>(negative ? std::uint64_t{0} - magnitude : magnitude), .error = {}};
}

ParsedNumber<double> parse_float(std::string_view text) {
  if (auto special = special_float(text)) return special;
  const bool negative = take_sign(text);
  int base = 10;
  if (text.size() > 2 && text[0] == '0' && lower(text[1]) == 'x') {
    base = 16;
    text.remove_prefix(2);
  }
  std::string clean;
  if (text.find('_') != std::string_view::npos) {
    if (!underscores_ok(text, base, base == 16)) return syntax_error_float();
    for (const char c : text) {
      if (c != '_') clean += c;
    }
    text = clean;
  }
  const auto scan = scan_number(text, base);
  if (!scan.ok) return syntax_error_float();
  auto parsed = convert(text, base, scan);
  if (negative) parsed.value = -parsed.value;
  return parsed;
}

}  // namespace fas
