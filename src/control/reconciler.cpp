#include "control/reconciler.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "control/actuator.h"
#include "control/fleet_view.h"
#include "control/log.h"
#include "scale/decision.h"
#include "scale/json.h"

namespace fas::control {
namespace {

namespace asio = boost::asio;
using scale::ActionKind;

std::vector<std::string> names_of(const fly::MachineList& list) {
  std::vector<std::string> names;
  names.reserve(list.machines.size());
  for (const fly::Machine& machine : list.machines) names.push_back(machine.name);
  return names;
}

const fly::Machine* find_machine(const fly::MachineList& list, const std::string& id) {
  const auto found = std::ranges::find(list.machines, id, &fly::Machine::id);
  return found == list.machines.end() ? nullptr : &*found;
}

// Names new machines; two ticks of an app, or of two apps, never share one.
scale::DecisionId decision_id(const std::string& app, WallTime now) {
  const auto time = static_cast<std::uint64_t>(now.time_since_epoch().count());
  return time ^ (std::hash<std::string>{}(app) << 1U);
}

void log_decision(const std::string& app, const scale::Decision& decision) {
  // The Go program logs every reconciliation; a tick that does nothing is only worth a line to who asked for it.
  const LogLevel level = decision.plan.action == ActionKind::kNone ? LogLevel::kDebug : LogLevel::kInfo;
  if (!log_enabled(level)) return;
  const int stopped = decision.current.created - decision.current.started;
  log(level, "reconciling",
      {{"app", app},
       {"current", {{"started", decision.current.started}, {"stopped", stopped}}},
       {"target", scale::to_json(*decision.targets)},
       {"action", scale::to_string(decision.plan.action)},
       {"n", decision.plan.count},
       {"reason", decision.plan.reason}});
}

}  // namespace

asio::awaitable<bool> Reconciler::tick(std::shared_ptr<Setup> setup, AppState& app) {
  const TimePoint begin = clock_.now();
  const Deadline deadline = begin + setup->config.timeout;
  Result<void> done = co_await reconcile(*setup, app, deadline);
  if (!done) {
    log_error("reconciliation failed", {{"app", app.name}, {"err", done.error().message}});
  }
  telemetry_.tick_ended(app.name, done.has_value(), clock_.now() - begin, clock_.wall_now());
  co_return done.has_value();
}

asio::awaitable<Result<void>> Reconciler::reconcile(Setup& setup, AppState& app, Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  auto seen = co_await (setup.collectors.collect(app.name, deadline) && setup.machines->list(app.name, deadline));
  auto& [observations, list] = seen;
  for (const scale::Observation& observation : observations) {
    telemetry_.observed(app.name, observation);
    if (!observation.value) {
      log_error("metric collection failed",
                {{"app", app.name}, {"metric", observation.metric}, {"err", observation.value.error().message}});
    }
  }
  if (!list) co_return fail_with("cannot list machines", std::move(list.error()));

  const WallTime now = clock_.wall_now();
  if (!app.memory.pending.empty()) {
    const std::vector<std::string> names = names_of(*list);
    app.memory.pending = scale::still_pending(std::move(app.memory.pending), names, now);
  }
  const scale::Fleet fleet = fleet_view(*list, setup.config.process_group);
  scale::Decision decision =
      scale::decide(setup.policy, observations, fleet, app.memory, decision_id(app.name, now), now);
  telemetry_.decided(app.name, decision);
  if (decision.error) co_return fail_with("holding", std::move(*decision.error));
  log_decision(app.name, decision);

  std::vector<Outcome> outcomes;
  if (decision.plan.action != ActionKind::kNone && !draining_) {
    Result<bool> held = co_await release_holds(setup, app.name, deadline);
    if (!held) co_return std::unexpected(std::move(held.error()));
    if (*held) co_return Result<void>{};
    const ActContext context{.api = *setup.machines, .telemetry = telemetry_, .draining = draining_};
    const fly::Machine* source = find_machine(*list, decision.plan.clone_of);
    outcomes = co_await act(context, app.name, decision.plan, source, deadline);
  }
  telemetry_.reconciled(scale::to_string(decision.plan.action));
  app.memory = remember(std::move(decision.memory), decision.plan, outcomes, setup.config.regions.size(), now);

  if (!decision.plan.problem.empty()) co_return fail(ErrorKind::kPrecondition, decision.plan.problem);
  const auto failed = std::ranges::count_if(outcomes, [](const Outcome& o) { return o.kind != OutcomeKind::kDone; });
  if (failed > 0) {
    co_return fail(ErrorKind::kUnavailable, fmt::format("{} of {} calls to {} machines failed", failed, outcomes.size(),
                                                        scale::to_string(decision.plan.action)));
  }
  co_return Result<void>{};
}

// Asked only when there is something to do: an app that fits costs no GraphQL call.
asio::awaitable<Result<bool>> Reconciler::release_holds(Setup& setup, const std::string& app, Deadline deadline) {
  Result<bool> running = co_await setup.platform->release_in_progress(app, deadline);
  if (!running) co_return fail_with("cannot read the current release", std::move(running.error()));
  if (*running) log_info("release in progress, skipping reconciliation", {{"app", app}});
  co_return *running;
}

}  // namespace fas::control
