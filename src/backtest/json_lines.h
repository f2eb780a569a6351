// Recordings as JSON lines: {"time": "2026-11-24T19:30:00Z", "queue_depth": 41, ...}, one object a line, ascending.
// `time` may be unix seconds; null, and a key that is not there, is a metric without a value; `created` and `started`
// are the counts of machines as well.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "scale/samples.h"

namespace fas::backtest {

Result<scale::Samples> parse_json_lines(std::string_view text, const std::string& name);

}  // namespace fas::backtest
