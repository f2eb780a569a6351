// One tick of one app: observe, decide, act, remember.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "control/setup.h"
#include "control/telemetry.h"
#include "scale/memory.h"

namespace fas::control {

// What is kept of an app between its ticks.
struct AppState {
  std::string name;
  scale::Memory memory;
};

class Reconciler {
 public:
  Reconciler(Clock& clock, Telemetry& telemetry, const bool& draining)
      : clock_(clock), telemetry_(telemetry), draining_(draining) {}

  // Ends by the setup's timeout, whatever it waits for. Returns whether the tick did all that it wanted to; what went
  // wrong has been logged with the app's name. Never throws but for a cancelled coroutine. `app` outlives the call.
  boost::asio::awaitable<bool> tick(std::shared_ptr<Setup> setup, AppState& app);

 private:
  boost::asio::awaitable<Result<void>> reconcile(Setup& setup, AppState& app, Deadline deadline);
  boost::asio::awaitable<Result<bool>> release_holds(Setup& setup, const std::string& app, Deadline deadline);

  Clock& clock_;
  Telemetry& telemetry_;
  const bool& draining_;
};

}  // namespace fas::control
