// The list of apps: filtered, sorted, a page at a time.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

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

// `most` bounds the page's length.
inline constexpr std::size_t kMostPage = 500;
Result<AppQuery> read_app_query(const Query& query, std::size_t most = kMostPage);

// {"total", "apps": [AppSummary]}. By state, those that need a look come first; apps that are equal are in the order of
// their names.
Json app_list(const control::Board& board, const AppQuery& query);

// The page of all, out of what several autoscalers answered to the query with their pages up to its end. Of an app that
// two of them show, as it is being handed over, the newer line stays.
Json merge_app_lists(const std::vector<Json>& lists, const AppQuery& query);

}  // namespace fas::serve
