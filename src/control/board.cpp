#include "control/board.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace fas::control {
namespace {

double spark_of(const scale::Decision& decision) {
  if (!decision.observations.empty()) {
    const scale::Observation& first = decision.observations.front();
    if (first.value) {
      if (const double* number = std::get_if<double>(&*first.value)) return *number;
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

bool paused(const Board::Card& card) { return card.policy_paused || (card.hand && card.hand->paused); }

}  // namespace

std::string_view to_string(Health health) {
  constexpr std::string_view kNames[kHealths] = {"waiting", "ok", "scaling", "held", "paused", "failing"};
  return kNames[static_cast<std::size_t>(health)];
}

void Board::ticked(const std::string& app, TickReport report, bool policy_paused) {
  Card& card = cards_[app];
  report.decision.memory = {};
  card.spark.reserve(kSpark);  // growing by itself it would end at 64
  if (card.spark.size() >= kSpark) card.spark.erase(card.spark.begin());
  card.spark.push_back(spark_of(report.decision));
  card.hand = report.hand;
  card.policy_paused = policy_paused;
  card.last = std::move(report);
  for (Watcher* watcher : link_->watchers) watcher->changed(app);
}

void Board::recorded(const HistoryRecord& record) {
  for (Watcher* watcher : link_->watchers) watcher->recorded(record);
}

void Board::set_hand(const std::string& app, const std::optional<scale::Hand>& hand) {
  cards_[app].hand = hand;
  for (Watcher* watcher : link_->watchers) watcher->changed(app);
}

const Board::Card* Board::find(std::string_view app) const {
  const auto found = cards_.find(app);
  return found == cards_.end() ? nullptr : &found->second;
}

Health health_of(const Board::Card& card) {
  if (paused(card)) return Health::kPaused;
  if (!card.last) return Health::kWaiting;
  if (!card.last->ok || card.last->decision.error) return Health::kFailing;
  if (!card.last->outcomes.empty()) return Health::kScaling;
  return card.last->decision.hold.empty() ? Health::kOk : Health::kHeld;
}

std::string note_of(const Board::Card& card) {
  if (card.hand && card.hand->paused) return "paused " + by_hand(*card.hand);
  if (card.policy_paused) return "the policy is paused";
  if (!card.last) return {};
  const TickReport& last = *card.last;
  if (last.decision.error && last.decision.fell_back) return "fallback: " + last.decision.error->message;
  if (!last.error.empty()) return last.error;
  if (last.decision.error) return last.decision.error->message;
  if (!last.decision.hold.empty()) return last.decision.hold;
  return last.decision.warning;
}

}  // namespace fas::control
