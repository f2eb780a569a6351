// The list of apps: filtered, sorted, a page at a time.
#pragma once

#include <cstddef>
#include <set>
#include <string>

#include "control/board.h"
#include "serve/request.h"

namespace fas::serve {

enum class AppOrder { kName, kState, kMetric, kStarted };

struct AppQuery {
  std::string search;                // part of the name, any case; empty: all
  std::set<control::Health> states;  // empty: all
  AppOrder order = AppOrder::kState;
  bool descending = false;
  std::size_t offset = 0;
  std::size_t limit = 100;
};

Result<AppQuery> read_app_query(const Query& query);

// {"total", "apps": [AppSummary]}. By state, those that need a look come first; apps that are equal are in the order of
// their names.
Json app_list(const control::Board& board, const AppQuery& query);

}  // namespace fas::serve
