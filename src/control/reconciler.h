// One tick of one app: observe, decide, act, remember.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/app_state.h"
#include "control/board.h"
#include "control/history.h"
#include "control/setup.h"
#include "control/telemetry.h"
#include "fly/machine.h"
#include "scale/decision.h"
#include "scale/outcome.h"

namespace fas::control {

class Reconciler {
 public:
  // All outlive the reconciler. `draining` is set when the process is to end: no new action begins then.
  Reconciler(Clock& clock, Telemetry& telemetry, History& history, const bool& draining)
      : clock_(clock), telemetry_(telemetry), history_(history), draining_(draining) {}

  // Tells of every tick there, too. The observer outlives the reconciler.
  void show_on(AppObserver* observer) { observer_ = observer; }

  // Ends by the setup's timeout, whatever it waits for. Returns whether the tick did all that it wanted to; what went
  // wrong has been logged with the app's name. Never throws but for a cancelled coroutine. `app` outlives the call.
  boost::asio::awaitable<bool> tick(std::shared_ptr<Setup> setup, AppState& app);

  // An operator's will, from the next decision on; kept over restarts. nullopt takes it back.
  void set_hand(AppState& app, std::optional<scale::Hand> hand);

  // Makes the app's memory that of the history, unless that has been done.
  void restore(AppState& app);

  // What a tick would decide now, a release in progress and dry-run included, and nothing done. The error is that of
  // the list of machines, or of an app that no policy is for.
  boost::asio::awaitable<Result<scale::Decision>> look(std::shared_ptr<Setup> setup, AppState& app, Deadline deadline);

 private:
  struct Sight {
    scale::Decision decision;
    fly::MachineList list;
    std::optional<Error> trouble;  // that keeps the decision from being carried out; its `hold` says so, too
  };
  boost::asio::awaitable<Result<Sight>> see(Setup& setup, const AppSetup& policy, AppState& app, Deadline deadline);
  boost::asio::awaitable<Result<void>> reconcile(Setup& setup, AppState& app, Deadline deadline);
  boost::asio::awaitable<std::vector<scale::Outcome>> carry_out(Setup& setup, const AppSetup& policy, AppState& app,
                                                                const Sight& sight, Deadline deadline);
  boost::asio::awaitable<Result<std::string>> hold_of(Setup& setup, std::string app, Deadline deadline);
  boost::asio::awaitable<void> uncordon_left(Setup& setup, AppState& app, const fly::MachineList& list,
                                             std::span<const scale::Outcome> outcomes, Deadline deadline);
  void keep_memory(AppState& app);
  void show(const AppState& app, const AppSetup& policy, TickReport report);
  void record(AppState& app, const scale::Decision& decision, std::span<const scale::Outcome> outcomes, bool ok);

  Clock& clock_;
  Telemetry& telemetry_;
  History& history_;
  const bool& draining_;
  AppObserver* observer_ = nullptr;
};

}  // namespace fas::control
