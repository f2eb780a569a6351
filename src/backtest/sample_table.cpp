#include "backtest/sample_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "fly/rfc3339.h"
#include "metrics/http_call.h"
#include "scale/time_text.h"

namespace fas::backtest {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::optional<std::size_t> find(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

int count_of(double value) {
  constexpr double kMost = 1e9;
  return std::isnan(value) ? 0 : static_cast<int>(std::clamp(std::round(value), 0.0, kMost));
}

}  // namespace

Result<WallTime> read_time(double unix_seconds) {
  constexpr double kLatest = 7'258'118'400;  // the year 2200
  if (!(unix_seconds >= 0 && unix_seconds <= kLatest)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("the time {} is out of range; write unix seconds, not milliseconds", unix_seconds));
  }
  return WallTime(std::chrono::milliseconds(std::llround(unix_seconds * 1000)));
}

Result<WallTime> read_time(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size() && !text.empty()) return read_time(seconds);
  if (const auto time = fly::parse_rfc3339(text)) return *time;
  if (const auto time = scale::parse_time(text); time && *time >= WallTime{}) return *time;
  return fail(ErrorKind::kInvalid, fmt::format("cannot read the time {}; write 2026-11-24T19:30:00Z or unix seconds",
                                               metrics::excerpt(text)));
}

Result<std::size_t> SampleTable::column(std::string_view name) {
  if (const auto known = find(names_, name)) return *known;
  if (names_.size() == kMostColumns) {
    return fail(ErrorKind::kInvalid,
                fmt::format("there are more than {} columns; leave out what the policy does not use", kMostColumns));
  }
  names_.emplace_back(name);
  columns_.emplace_back(times_.size(), kNone);
  return names_.size() - 1;
}

Result<void> SampleTable::add_row(WallTime at) {
  if (!times_.empty() && at <= times_.back()) {
    return fail(ErrorKind::kInvalid, fmt::format("the time {} is not after that of the row before, {}; sort by time",
                                                 scale::time_text(at), scale::time_text(times_.back())));
  }
  times_.push_back(at);
  for (std::vector<double>& column : columns_) column.push_back(kNone);
  return {};
}

scale::Samples SampleTable::take() {
  const auto created = find(names_, kCreatedColumn);
  const auto started = find(names_, kStartedColumn);
  scale::Samples samples;
  samples.ticks.reserve(times_.size());
  samples.values.reserve(times_.size() * columns_.size());
  for (std::size_t row = 0; row < times_.size(); ++row) {
    scale::Tick& tick = samples.ticks.emplace_back();
    tick.at = times_[row];
    if (created) tick.created = count_of(columns_[*created][row]);
    if (started) tick.started = count_of(columns_[*started][row]);
    for (const std::vector<double>& column : columns_) samples.values.push_back(column[row]);
  }
  samples.metrics = std::exchange(names_, {});
  columns_.clear();
  times_.clear();
  return samples;
}

}  // namespace fas::backtest
