#include "control/app_state.h"

#include <chrono>

namespace fas::control {

Duration clock_step(const AppState::Reading& before, const AppState::Reading& now) {
  constexpr Duration kDrift = std::chrono::seconds(1);
  const Duration step = (now.wall - before.wall) - (now.steady - before.steady);
  return step > kDrift || step < -kDrift ? step : Duration{0};
}

Gist gist_of(const scale::Decision& decision) {
  return {.targets = decision.targets,
          .action = decision.plan.action,
          .error = decision.error ? decision.error->message : std::string(),
          .hold = decision.hold,
          .problem = decision.plan.problem,
          .waiting = decision.plan.waiting.size()};
}

}  // namespace fas::control
