// What of a report is plotted, and the pages that show it.
#pragma once

#include <string>
#include <vector>

#include "backtest/plot.h"
#include "backtest/report.h"

namespace fas::backtest {

// Cost against waiting where there was a sweep; machines and the queue over time where policies have a trace.
std::vector<Plot> plots_of(const Report& report);

// A page that needs nothing else, no script, and follows the reader's light or dark.
std::string html_of(const Report& report);

// The plots alone, as one picture.
std::string svg_of(const Report& report);

}  // namespace fas::backtest
