// What `fly-autoscaler backtest` was asked for.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backtest/candidate_policy.h"
#include "backtest/sweep.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "cli/flags.h"

namespace fas::cli {

enum class RecordingKind { kCsv, kJsonLines, kHistory, kPrometheus };

// A time, or how long before the recording's end.
struct TimeOrAgo {
  std::optional<WallTime> time;
  Duration ago{0};
  WallTime at(WallTime end) const { return time ? *time : end - std::chrono::duration_cast<WallTime::duration>(ago); }
};

struct BacktestRequest {
  std::string config, app;
  RecordingKind recording = RecordingKind::kCsv;
  std::string path;  // of the file, or the state-dir
  std::optional<TimeOrAgo> since, until;
  Duration step{0};                                           // 0: the configuration's interval, of a history its ticks
  std::vector<std::pair<std::string, std::string>> policies;  // name and file
  std::vector<int> fixed;
  backtest::Constants constants;
  std::vector<backtest::SweepRange> sweep;

  bool closed = false;
  double service_rate = 0;  // 0: not given
  Duration boot_time = std::chrono::seconds(5);
  Duration stop_time = std::chrono::seconds(1);
  std::string queue_metric;  // empty: the only one, or queue_depth
  std::string arrivals = "arrivals";
  bool even = false;
  std::uint64_t seed = 1;
  std::optional<int> start, machines;

  double price = 0;
  Duration slo = std::chrono::seconds(60);
  bool json = false;
  std::string html, svg, fail_if;
};

std::span<const Flag> backtest_flags();

// Errors: kInvalid with what to write.
Result<BacktestRequest> read_backtest_flags(const ParsedFlags& flags);

// A duration in which a day is a unit as well: "30d".
std::optional<Duration> parse_span(std::string_view text);

}  // namespace fas::cli
