// From what a SQL query answered to the metric: the rule that postgres, mysql and sqlite share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "metrics/reading.h"

namespace fas::metrics {

enum class SqlType : std::uint8_t {
  kNumber,    // integer, numeric, float
  kBoolean,   // "t", "f", "true", "false", "1", "0"
  kInterval,  // a length of time, as parse_sql_interval() reads it
  kTime,      // a point in time or a date: no number
  kText,
  kUnknown,  // a column of nulls where the database gives columns no types
};

struct SqlColumn {
  std::string name;
  SqlType type = SqlType::kText;
};

using SqlRow = std::vector<std::optional<std::string>>;  // nullopt: NULL; else as text

struct SqlRows {
  std::vector<SqlColumn> columns;
  std::vector<SqlRow> rows;  // each as long as `columns`
};

// A source reads no more rows than this: more is `too_many_rows()`.
constexpr std::size_t kMaxSqlRows = 10'000;
std::unexpected<Error> too_many_rows();

struct SqlAnswer {
  Reading reading;
  std::string_view empty_message;  // what to say when `reading` has no point
};

// The first column of the first row. With `series` one point for each row: its value is the column named `value`, or
// else the only column of a type that is a number (number, boolean, interval), or the only column; all others are
// labels, a NULL as the empty text. A NULL value is no value. Errors: kInvalid for a query that has no such column,
// kMalformed for a value that is no number.
Result<SqlAnswer> read_sql(const SqlRows& answer, bool series);

// A value as a number; numeric text is one, too.
Result<double> sql_number(const SqlColumn& column, std::string_view text);

// Seconds of "P1DT2H3M4.5S" (Postgres' interval style iso_8601; a year has 365.25 days and a month 30, as for its
// extract(epoch ...)) or "-12:34:56.7" (MySQL's TIME). nullopt for anything else.
std::optional<double> parse_sql_interval(std::string_view text);

}  // namespace fas::metrics
