#include "base/duration.h"

#include <array>
#include <cstdint>
#include <utility>

namespace fas {
namespace {

// A duration may be -2^63 ns, so magnitudes up to 2^63 are gathered unsigned.
constexpr std::uint64_t kMagnitudeLimit = std::uint64_t{1} << 63;

// Both spellings of micro: U+00B5 (micro sign) and U+03BC (Greek mu).
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> kUnits{{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},
    {"\u03bcs", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What stands before the unit: 12.5 is whole 12, fraction 5, scale 10.
struct Quantity {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  double scale = 1;
};

// Takes the digits off the front of `text`; nullopt when their value passes 2^63.
std::optional<std::uint64_t> take_whole(std::string_view& text) {
  std::uint64_t value = 0;
  while (!text.empty() && is_digit(text.front())) {
    if (value > kMagnitudeLimit / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (value > kMagnitudeLimit) return std::nullopt;
    text.remove_prefix(1);
  }
  return value;
}

// Digits after the point that no longer fit are dropped: they are far below a nanosecond.
void take_fraction(std::string_view& text, Quantity& quantity) {
  bool full = false;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    if (full || quantity.fraction > (kMagnitudeLimit - 1) / 10) {
      full = true;
      continue;
    }
    const auto next = quantity.fraction * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (next > kMagnitudeLimit) {
      full = true;
      continue;
    }
    quantity.fraction = next;
    quantity.scale *= 10;
  }
}

std::optional<Quantity> take_quantity(std::string_view& text) {
  Quantity quantity;
  const auto before = text.size();
  const auto whole = take_whole(text);
  if (!whole) return std::nullopt;
  quantity.whole = *whole;
  auto digits = before - text.size();
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const auto at_fraction = text.size();
    take_fraction(text, quantity);
    digits += at_fraction - text.size();
  }
  if (digits == 0) return std::nullopt;
  return quantity;
}

// A unit reaches to the next digit or point; nullopt when it is none of ours.
std::optional<std::uint64_t> take_unit(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && text[length] != '.' && !is_digit(text[length])) ++length;
  const auto name = text.substr(0, length);
  text.remove_prefix(length);
  for (const auto& [unit, nanoseconds] : kUnits) {
    if (unit == name) return nanoseconds;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> magnitude(const Quantity& quantity, std::uint64_t unit) {
  if (quantity.whole > kMagnitudeLimit / unit) return std::nullopt;
  auto value = quantity.whole * unit;
  if (quantity.fraction > 0) {
    const double part = static_cast<double>(quantity.fraction) * (static_cast<double>(unit) / quantity.scale);
    value += static_cast<std::uint64_t>(part);
  }
  if (value > kMagnitudeLimit) return std::nullopt;
  return value;
}

void append_number(std::string& out, std::uint64_t value) { out += std::to_string(value); }

// `value` / 10^`digits` without trailing zeros: 1500 with 3 digits is "1.5".
void append_decimal(std::string& out, std::uint64_t value, int digits) {
  std::uint64_t power = 1;
  for (int i = 0; i < digits; ++i) power *= 10;
  append_number(out, value / power);
  auto rest = value % power;
  if (rest == 0) return;
  out += '.';
  while (rest != 0) {
    power /= 10;
    out += static_cast<char>('0' + rest / power);
    rest %= power;
  }
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "0") return Duration::zero();  // the one number that needs no unit
  if (text.empty()) return std::nullopt;
  std::uint64_t total = 0;
  while (!text.empty()) {
    const auto quantity = take_quantity(text);
    if (!quantity) return std::nullopt;
    const auto unit = take_unit(text);
    if (!unit) return std::nullopt;
    const auto part = magnitude(*quantity, *unit);
    if (!part) return std::nullopt;
    total += *part;  // both at most 2^63: the sum wraps to 0 only for 2^63 + 2^63
    if (total > kMagnitudeLimit || total < *part) return std::nullopt;
  }
  if (!negative && total == kMagnitudeLimit) return std::nullopt;
  return Duration(static_cast<std::int64_t>(negative ? std::uint64_t{0} - total : total));
}

std::string format_duration(Duration duration) {
  const auto count = duration.count();
  if (count == 0) return "0s";
  const auto total =
      count < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  std::string out;
  if (count < 0) out += '-';
  if (total < 1'000) {
    append_number(out, total);
    out += "ns";
  } else if (total < 1'000'000) {
    append_decimal(out, total, 3);
    out += "\u00b5s";
  } else if (total < 1'000'000'000) {
    append_decimal(out, total, 6);
    out += "ms";
  } else {
    constexpr std::uint64_t kMinute = 60'000'000'000;
    const auto minutes = total / kMinute;
    if (minutes >= 60) {
      append_number(out, minutes / 60);
      out += 'h';
    }
    if (minutes > 0) {
      append_number(out, minutes % 60);
      out += 'm';
    }
    append_decimal(out, total % kMinute, 9);
    out += 's';
  }
  return out;
}

}  // namespace fas
