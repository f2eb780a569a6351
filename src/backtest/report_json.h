// A report as JSON: what `backtest -json` prints. Numbers that are not known are null.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "backtest/report.h"

namespace fas::backtest {

nlohmann::ordered_json to_json(const Report& report);

}  // namespace fas::backtest
