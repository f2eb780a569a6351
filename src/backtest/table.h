// A report as rows and columns, which the text, the pages and the tests of both share, and as a text for a terminal.
#pragma once

#include <string>
#include <vector>

#include "backtest/report.h"

namespace fas::backtest {

struct Row {
  std::vector<std::string> cells;  // the first is the name
  bool marked = false;             // of a sweep: on the front
};

struct Table {
  std::vector<std::string> columns;
  std::vector<Row> rows;
};

// Columns of which nothing is known are left out.
Table policy_table(const Report& report);
Table sweep_table(const Report& report);

// What was replayed over what: one line each.
std::vector<std::string> summary(const Report& report);

std::string text_of(const Report& report);

}  // namespace fas::backtest
