#include "backtest/csv.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "backtest/sample_table.h"
#include "base/number_text.h"
#include "base/text.h"
#include "metrics/http_call.h"

namespace fas::backtest {
namespace {

// The fields of one line, into `fields`. A quoted field ends with its line.
Result<void> split_fields(std::string_view line, std::vector<std::string>& fields) {
  fields.clear();
  for (;;) {
    std::string& field = fields.emplace_back();
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      for (;;) {
        const std::size_t quote = line.find('"');
        if (quote == std::string_view::npos) return fail(ErrorKind::kInvalid, "a quoted field has no end");
        field += line.substr(0, quote);
        line.remove_prefix(quote + 1);
        if (!line.starts_with('"')) break;
        field += '"';
        line.remove_prefix(1);
      }
      if (!line.empty() && line.front() != ',') return fail(ErrorKind::kInvalid, "text behind a quoted field");
    } else {
      const std::string_view plain = line.substr(0, line.find(','));
      field = trim(plain);
      line.remove_prefix(plain.size());
    }
    if (line.empty()) return {};
    line.remove_prefix(1);
  }
}

// NaN where there is no value.
Result<double> read_value(const std::string& field) {
  if (field.empty()) return std::numeric_limits<double>::quiet_NaN();
  const ParsedNumber<double> number = parse_float(field);
  if (!number || std::isinf(number.value)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} is no number; leave the field empty where there is no value", metrics::excerpt(field)));
  }
  return number.value;
}

class Reader {
 public:
  Result<void> line(std::string_view line) {
    if (auto split = split_fields(line, fields_); !split) return split;
    return time_ ? row() : heading();
  }

  bool has_heading() const { return time_.has_value(); }
  SampleTable& table() { return table_; }

 private:
  Result<void> heading() {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i] == "time" && !time_) {
        time_ = i;
        columns_.push_back(0);
        continue;
      }
      if (fields_[i].empty()) return fail(ErrorKind::kInvalid, fmt::format("column {} has no name", i + 1));
      const std::size_t known = table_names_;
      const Result<std::size_t> column = table_.column(fields_[i]);
      if (!column) return std::unexpected(column.error());
      if (*column != known) {
        return fail(ErrorKind::kInvalid, fmt::format("two columns are named {}", metrics::excerpt(fields_[i])));
      }
      ++table_names_;
      columns_.push_back(*column);
    }
    if (time_) return {};
    return fail(ErrorKind::kInvalid, "the heading has no column `time`; it is to be time,METRIC,...");
  }

  Result<void> row() {
    if (fields_.size() != columns_.size()) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("{} fields where the heading has {}", fields_.size(), columns_.size()));
    }
    const Result<WallTime> at = read_time(fields_[*time_]);
    if (!at) return std::unexpected(at.error());
    if (auto added = table_.add_row(*at); !added) return added;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (i == *time_) continue;
      const Result<double> value = read_value(fields_[i]);
      if (!value) return std::unexpected(value.error());
      table_.set(columns_[i], *value);
    }
    return {};
  }

  SampleTable table_;
  std::size_t table_names_ = 0;
  std::vector<std::string> fields_;
  std::vector<std::size_t> columns_;  // of the table, by field
  std::optional<std::size_t> time_;   // which field
};

}  // namespace

Result<scale::Samples> parse_csv(std::string_view text, const std::string& name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Reader reader;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    Result<void> read = reader.line(line);
    if (!read) return fail_with(fmt::format("{}:{}", name, number), std::move(read.error()));
  }
  if (!reader.has_heading())
    return fail(ErrorKind::kInvalid, name + ": it is empty; it is to begin with time,METRIC,...");
  if (reader.table().rows() == 0) return fail(ErrorKind::kInvalid, name + ": there is no row behind the heading");
  return reader.table().take();
}

}  // namespace fas::backtest
