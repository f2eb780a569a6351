// The recording that a backtest is over, wherever it comes from.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "cli/backtest_flags.h"
#include "config/config.h"
#include "scale/samples.h"

namespace fas::cli {

struct Recording {
  scale::Samples samples;  // in the time asked for, one row at least
  std::string source;      // for people: "week.csv"
  std::vector<std::string> notes;
};

// `app` is the app's name, `config` its policy's, `interval` the configuration's. Blocks.
Result<Recording> load_recording(const BacktestRequest& request, const config::AppConfig& config,
                                 const std::string& app, Duration interval, Duration timeout);

}  // namespace fas::cli
