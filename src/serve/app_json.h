// An app's card on the board as the API shows it.
#pragma once

#include <string>

#include "control/board.h"
#include "control/setup.h"
#include "serve/reply.h"

namespace fas::serve {

// One line of the list of apps: AppSummary in openapi.json.
Json app_summary(const std::string& app, const control::Board::Card& card, bool with_spark);

// Everything that is known of its last tick, and its policy.
Json app_detail(const std::string& app, const control::Board::Card& card, const control::AppSetup* policy);

Json hand_json(const std::optional<scale::Hand>& hand);

// Without the decision itself, but for its one-sentence texts, unless `full`.
Json record_json(const control::HistoryRecord& record, bool full);

}  // namespace fas::serve
