// Everything that a backtest has found, in one value from which the table, the JSON and the pages are written.
#pragma once

#include <string>
#include <vector>

#include "backtest/replay.h"
#include "backtest/sweep.h"
#include "base/clock.h"
#include "base/duration.h"

namespace fas::backtest {

struct SweepResult {
  Constants constants;
  Outline outline;
  bool front = false;  // none is cheaper without being slower
};

struct Report {
  std::string app;
  std::string source;  // of the recording: "week.csv"
  WallTime begin, end;
  Duration step{0};
  std::size_t ticks = 0;
  bool closed = false;
  double service_rate = 0;  // 0: not known
  Duration slo{0};
  double price = 0;                // of a machine for an hour; 0: none was given
  std::string metric;              // whose values the plots show: the queue's depth
  std::vector<std::string> notes;  // one sentence each: what is not as one may expect
  std::vector<double> times;       // of the ticks, unix seconds; empty where nothing is plotted over them
  std::vector<Outline> policies;
  std::vector<SweepResult> sweep;
};

// "1.25", "38s", "2.3%", ... as people read them.
std::string number_text(double value);
std::string wait_text(double seconds);
std::string share_text(double share);
std::string cost_text(double cost);
// "6d 23h 55m"
std::string span_text(Duration span);

}  // namespace fas::backtest
