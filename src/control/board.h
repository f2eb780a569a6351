// The last tick of each app, as it is shown to people.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/machine_state.h"
#include "control/history.h"
#include "scale/decision.h"
#include "scale/hand.h"
#include "scale/outcome.h"

namespace fas::control {

struct ShownMachine {
  std::string id, region;
  MachineState state = MachineState::kUnknown;
  std::optional<WallTime> created_at;
};

// What a tick leaves behind.
struct TickReport {
  scale::Decision decision;  // without its memory
  std::vector<scale::Outcome> outcomes;
  std::vector<ShownMachine> machines;  // every one that the list shows
  bool listed = false;                 // false: the list could not be read, and nothing was counted
  bool ok = true;
  std::string error;                // why not
  std::optional<scale::Hand> hand;  // in force
};

enum class Health { kWaiting, kOk, kScaling, kHeld, kPaused, kFailing };
inline constexpr std::size_t kHealths = 6;
std::string_view to_string(Health health);

// Is told what becomes of apps.
class AppObserver {
 public:
  AppObserver() = default;
  AppObserver(const AppObserver&) = delete;
  AppObserver& operator=(const AppObserver&) = delete;
  virtual ~AppObserver() = default;

  virtual void known(const std::string& app) = 0;
  virtual void ticked(const std::string& app, TickReport report, bool policy_paused) = 0;
  virtual void recorded(const HistoryRecord& record) = 0;
  virtual void set_hand(const std::string& app, const std::optional<scale::Hand>& hand) = 0;
  virtual void forget(const std::string& app) = 0;
};

class Board final : public AppObserver {
 public:
  static constexpr std::size_t kSpark = 40;

  struct Card {
    std::optional<TickReport> last;  // none: no tick has ended yet
    std::vector<double> spark;       // the first metric of the last kSpark ticks; NaN: it had none
    std::optional<scale::Hand> hand;
    bool policy_paused = false;
  };
  // Told of every tick that has ended, every record that the history got, and every change by hand.
  class Watcher {
   public:
    Watcher() = default;
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;
    virtual ~Watcher() = default;
    virtual void changed(const std::string& app) = 0;
    virtual void recorded(const HistoryRecord& record) = 0;
  };

  // What watchers hold of the board, which may end before them; `board` is null then.
  struct Link {
    Board* board = nullptr;
    std::vector<Watcher*> watchers;
  };

  Board() { link_->board = this; }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;
  ~Board() override { link_->board = nullptr; }

  const std::shared_ptr<Link>& link() const { return link_; }

  void known(const std::string& app) override { cards_[app]; }
  void ticked(const std::string& app, TickReport report, bool policy_paused) override;
  void recorded(const HistoryRecord& record) override;
  void set_hand(const std::string& app, const std::optional<scale::Hand>& hand) override;
  void forget(const std::string& app) override { cards_.erase(app); }

  const std::map<std::string, Card, std::less<>>& cards() const { return cards_; }
  const Card* find(std::string_view app) const;

 private:
  std::map<std::string, Card, std::less<>> cards_;
  std::shared_ptr<Link> link_ = std::make_shared<Link>();
};

Health health_of(const Board::Card& card);

// Why it is not well, or not moving; empty when there is nothing to say.
std::string note_of(const Board::Card& card);

}  // namespace fas::control
