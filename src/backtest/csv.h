// Recordings as CSV: a heading with a column `time` (RFC 3339 or unix seconds) and one for each metric, then a row for
// each moment, ascending. An empty field, or `NaN`, is a metric without a value; columns `created` and `started` are
// the counts of machines as well. Fields may stand in double quotes; lines that begin with # are skipped.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "scale/samples.h"

namespace fas::backtest {

// `name` stands for the file in messages: "week.csv:12: ...".
Result<scale::Samples> parse_csv(std::string_view text, const std::string& name);

}  // namespace fas::backtest
