#include "config/scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

#include "base/text.h"

namespace fas::config {
namespace {

// For the environment in the Go program's words: `cannot parse FAS_INTERVAL as duration: "abc"`.
void cannot_parse(Reading& reading, const Written& value, std::string_view type, std::string_view advice) {
  const std::string after = advice.empty() ? std::string() : fmt::format("; {}", advice);
  if (!value.origin.env.empty()) {
    reading.problem(fmt::format("cannot parse {} as {}: {}{}", value.origin.env, type, reading.quote(value), after));
  } else {
    reading.problem_at(value,
                       fmt::format("cannot parse {} as {}: {}{}", value.name, type, reading.quote(value), after));
  }
}

template <class T>
std::optional<T> parse_whole(std::string_view text) {
  T result{};
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, result);
  if (error != std::errc() || stop != end) return std::nullopt;
  return result;
}

bool is_bare_number(std::string_view text) { return parse_whole<double>(text).has_value(); }

}  // namespace

std::optional<Duration> read_duration(Reading& reading, const Written& value) {
  const std::optional<Duration> duration = parse_duration(value.text);
  if (duration && duration->count() >= 0) return duration;
  if (duration) {
    cannot_parse(reading, value, "duration", "it must not be below 0");
  } else if (is_bare_number(value.text)) {
    cannot_parse(reading, value, "duration", fmt::format("add a unit: \"{}s\"", value.secret ? "15" : value.text));
  } else {
    cannot_parse(reading, value, "duration", value.origin.env.empty() ? "write it like \"15s\" or \"1m30s\"" : "");
  }
  return std::nullopt;
}

std::optional<Duration> read_positive_duration(Reading& reading, const Written& value) {
  const std::optional<Duration> duration = read_duration(reading, value);
  if (!duration || duration->count() > 0) return duration;
  cannot_parse(reading, value, "duration", "it must be more than 0");
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(Reading& reading, const Written& value) {
  const auto result = parse_whole<std::int64_t>(value.text);
  if (!result) cannot_parse(reading, value, "integer", "");
  return result;
}

std::optional<double> read_number(Reading& reading, const Written& value) {
  const auto result = parse_whole<double>(value.text);
  if (result && std::isfinite(*result)) return result;
  cannot_parse(reading, value, "number", "");
  return std::nullopt;
}

std::optional<bool> read_bool(Reading& reading, const Written& value) {
  constexpr std::array<std::string_view, 4> kTrue = {"true", "yes", "on", "y"};
  constexpr std::array<std::string_view, 4> kFalse = {"false", "no", "off", "n"};
  const std::string text = to_lower_ascii(value.text);
  if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
  cannot_parse(reading, value, "boolean", "write true or false");
  return std::nullopt;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> result;
  for (const std::string_view part : split(text, ',')) {
    if (const std::string_view trimmed = trim(part); !trimmed.empty()) result.emplace_back(trimmed);
  }
  return result;
}

}  // namespace fas::config
