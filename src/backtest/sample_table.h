// Collects the rows of a recording, whatever file they come from, into Samples.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "scale/samples.h"

namespace fas::backtest {

// The columns of a recording that are counts of machines, besides being metrics.
inline constexpr std::string_view kCreatedColumn = "created";
inline constexpr std::string_view kStartedColumn = "started";

// Beyond this a file is none of columns of metrics.
inline constexpr std::size_t kMostColumns = 200;

// Unix seconds, or a time as scale::parse_time() takes it. Errors: kInvalid with what to write instead.
Result<WallTime> read_time(std::string_view text);
Result<WallTime> read_time(double unix_seconds);

class SampleTable {
 public:
  // The column of that name, a new one when there is none; earlier rows have no value in it. kMostColumns at most.
  Result<std::size_t> column(std::string_view name);

  // A row in which no column has a value yet. Errors: a time that is not after the row before.
  Result<void> add_row(WallTime at);
  // In the last row. NaN: no value.
  void set(std::size_t column, double value) { columns_[column].back() = value; }

  std::size_t rows() const { return times_.size(); }
  scale::Samples take();

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<double>> columns_;
  std::vector<WallTime> times_;
};

}  // namespace fas::backtest
