#include "metrics/sql_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

constexpr double kMinute = 60;
constexpr double kHour = 60 * kMinute;
constexpr double kDay = 24 * kHour;

std::string shown(const SqlColumn& column) { return fmt::format("column \"{}\"", one_line(column.name, 60)); }

bool is_numeric(SqlType type) {
  return type == SqlType::kNumber || type == SqlType::kBoolean || type == SqlType::kInterval;
}

// Digits with at most one point; a sign only where `sign` allows it.
std::optional<double> plain_number(std::string_view text, bool sign) {
  std::string_view digits = text;
  if (sign && !digits.empty() && (digits.front() == '-' || digits.front() == '+')) digits.remove_prefix(1);
  const bool is_plain = std::ranges::all_of(digits, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  if (digits.empty() || !is_plain) return std::nullopt;
  const ParsedNumber<double> number = parse_float(text);
  return number ? std::optional(number.value) : std::nullopt;
}

std::optional<double> seconds_of_unit(char unit, bool is_time) {
  switch (unit) {
    case 'Y': return is_time ? std::nullopt : std::optional(365.25 * kDay);
    case 'M': return is_time ? kMinute : 30 * kDay;
    case 'W': return is_time ? std::nullopt : std::optional(7 * kDay);
    case 'D': return is_time ? std::nullopt : std::optional(kDay);
    case 'H': return is_time ? std::optional(kHour) : std::nullopt;
    case 'S': return is_time ? std::optional(1.0) : std::nullopt;
    default: return std::nullopt;
  }
}

// `text` without its P.
std::optional<double> parse_iso_interval(std::string_view text) {
  double seconds = 0;
  bool is_time = false;
  bool any = false;
  while (!text.empty()) {
    if (text.front() == 'T' && !is_time) {
      is_time = true;
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find_first_not_of("+-.0123456789");
    if (end == std::string_view::npos) return std::nullopt;
    const std::optional<double> count = plain_number(text.substr(0, end), true);
    const std::optional<double> unit = seconds_of_unit(text[end], is_time);
    if (!count || !unit) return std::nullopt;
    seconds += *count * *unit;
    any = true;
    text.remove_prefix(end + 1);
  }
  return any ? std::optional(seconds) : std::nullopt;
}

std::optional<double> parse_clock_interval(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() != 3) return std::nullopt;
  double seconds = 0;
  for (const std::string_view part : parts) {
    const std::optional<double> number = plain_number(part, false);
    if (!number) return std::nullopt;
    seconds = seconds * kMinute + *number;
  }
  return negative ? -seconds : seconds;
}

std::optional<double> parse_boolean(std::string_view text) {
  if (text == "t" || text == "true" || text == "1") return 1;
  if (text == "f" || text == "false" || text == "0") return 0;
  return std::nullopt;
}

Result<std::size_t> only(const std::vector<std::size_t>& columns, std::string_view what) {
  if (columns.size() == 1) return columns.front();
  return fail(ErrorKind::kInvalid,
              fmt::format("series needs one column that is a number, and the query answers {} {}; name it: "
                          "SELECT queue, count(*) AS value ...",
                          columns.empty() ? "no" : std::to_string(columns.size()), what));
}

Result<std::size_t> value_column(const SqlRows& answer) {
  const auto named = std::ranges::find(answer.columns, "value", &SqlColumn::name);
  if (named != answer.columns.end()) return static_cast<std::size_t>(named - answer.columns.begin());
  if (answer.columns.size() == 1) return 0;
  std::vector<std::size_t> numeric;
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < answer.columns.size(); ++i) {
    if (is_numeric(answer.columns[i].type)) numeric.push_back(i);
    if (answer.columns[i].type == SqlType::kUnknown) unknown.push_back(i);
  }
  return only(numeric.empty() ? unknown : numeric, "such columns");
}

Result<SqlAnswer> read_series(const SqlRows& answer) {
  SqlAnswer result{.reading = {}, .empty_message = "the query answered no row"};
  if (answer.rows.empty()) return result;
  const Result<std::size_t> at = value_column(answer);
  if (!at) return std::unexpected(at.error());
  std::size_t nulls = 0;
  for (const SqlRow& row : answer.rows) {
    if (!row[*at]) {
      ++nulls;
      continue;
    }
    const Result<double> value = sql_number(answer.columns[*at], *row[*at]);
    if (!value) return std::unexpected(value.error());
    ReadPoint& read = result.reading.points.emplace_back();
    read.point.value = *value;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i != *at) read.point.labels.insert_or_assign(answer.columns[i].name, row[i].value_or(""));
    }
  }
  result.empty_message = "every value that the query answered is NULL";
  if (nulls > 0) result.reading.warnings.push_back(fmt::format("left out {} rows whose value is NULL", nulls));
  return result;
}

Result<SqlAnswer> read_one(const SqlRows& answer) {
  SqlAnswer result{.reading = {}, .empty_message = "the query answered no row"};
  if (answer.rows.empty()) return result;
  if (answer.rows.size() > 1) {
    result.reading.warnings.push_back(
        fmt::format("{} rows, took the first; aggregate them in the query, or set series", answer.rows.size()));
  }
  const std::optional<std::string>& first = answer.rows.front().front();
  result.empty_message = "the query answered NULL";
  if (!first) return result;
  const Result<double> value = sql_number(answer.columns.front(), *first);
  if (!value) return std::unexpected(value.error());
  result.reading.points.push_back({.point = {.labels = {}, .value = *value}, .at = std::nullopt});
  return result;
}

}  // namespace

std::unexpected<Error> too_many_rows() {
  return fail(ErrorKind::kInvalid,
              fmt::format("the query answers more than {} rows; aggregate them in the query", kMaxSqlRows));
}

Result<SqlAnswer> read_sql(const SqlRows& answer, bool series) {
  if (answer.columns.empty()) {
    return fail(ErrorKind::kInvalid, "the query is no SELECT: it answers no columns");
  }
  return series ? read_series(answer) : read_one(answer);
}

Result<double> sql_number(const SqlColumn& column, std::string_view text) {
  if (column.type == SqlType::kTime) {
    return fail(
        ErrorKind::kInvalid,
        fmt::format("{} is a date or a time, which is no number; subtract it from now, in seconds", shown(column)));
  }
  std::optional<double> number;
  if (column.type == SqlType::kBoolean) {
    number = parse_boolean(text);
  } else if (column.type == SqlType::kInterval) {
    number = parse_sql_interval(text);
  } else if (const ParsedNumber<double> parsed = parse_float(trim(text)); parsed) {
    number = parsed.value;
  }
  if (number) return *number;
  return fail(ErrorKind::kMalformed, fmt::format("{} holds no number: {}", shown(column), excerpt(text)));
}

std::optional<double> parse_sql_interval(std::string_view text) {
  return text.starts_with('P') ? parse_iso_interval(text.substr(1)) : parse_clock_interval(text);
}

}  // namespace fas::metrics
