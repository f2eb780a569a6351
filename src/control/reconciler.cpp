#include "control/reconciler.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "control/actuator.h"
#include "control/fleet_view.h"
#include "control/log.h"
#include "scale/json.h"
#include "scale/memory_json.h"

namespace fas::control {
namespace {

namespace asio = boost::asio;
using scale::ActionKind;

// How long a tick waits for the disk before it creates or destroys machines. A disk that takes longer is in trouble,
// and scaling matters more than what a crash within the next seconds would forget.
constexpr std::chrono::milliseconds kFlushWait{500};
// A decision that is like the one before is recorded that often all the same, so that the history shows a quiet time.
constexpr std::chrono::minutes kQuietRecord{5};

const fly::Machine* find_machine(const fly::MachineList& list, const std::string& id) {
  const auto found = std::ranges::find(list.machines, id, &fly::Machine::id);
  return found == list.machines.end() ? nullptr : &*found;
}

std::vector<ShownMachine> shown_machines(const fly::MachineList& list) {
  std::vector<ShownMachine> shown;
  shown.reserve(list.machines.size());
  for (const fly::Machine& machine : list.machines) {
    shown.push_back(
        {.id = machine.id, .region = machine.region, .state = machine.state, .created_at = machine.created_at});
  }
  return shown;
}

std::string waiting_text(const std::vector<scale::BusyMachine>& waiting) {
  std::string text;
  for (const scale::BusyMachine& machine : waiting) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", machine.id);
  }
  return text;
}

void log_decision(const std::string& app, const scale::Decision& decision) {
  // The Go program logs every reconciliation; a tick that does nothing is only worth a line to who asked for it.
  const LogLevel level = decision.acts() ? LogLevel::kInfo : LogLevel::kDebug;
  if (!log_enabled(level)) return;
  nlohmann::ordered_json stages = nlohmann::ordered_json::array();
  for (const scale::Stage& stage : decision.stages) stages.push_back(fmt::format("{}: {}", stage.name, stage.reason));
  const int stopped = decision.current.created - decision.current.started;
  log(level, "reconciling",
      {{"app", app},
       {"current", {{"started", decision.current.started}, {"stopped", stopped}}},
       {"target", scale::to_json(*decision.targets)},
       {"action", scale::to_string(decision.plan.action)},
       {"n", decision.plan.count},
       {"reason", decision.plan.reason},
       {"stages", std::move(stages)},
       {"waiting", waiting_text(decision.plan.waiting)}});
}

void log_hold(const std::string& app, const scale::Decision& decision) {
  if (decision.plan.action == ActionKind::kNone || decision.hold.empty()) return;
  if (decision.hold == "release in progress") {
    log_info("release in progress, skipping reconciliation", {{"app", app}});
    return;
  }
  log_info("holding", {{"app", app},
                       {"hold", decision.hold},
                       {"action", scale::to_string(decision.plan.action)},
                       {"n", decision.plan.count},
                       {"reason", decision.plan.reason}});
}

Result<void> verdict(const scale::Decision& decision, const std::vector<Outcome>& outcomes) {
  if (!decision.targets) {
    Error error = *decision.error;
    return fail_with("holding", std::move(error));
  }
  if (!decision.plan.problem.empty()) return fail(ErrorKind::kPrecondition, decision.plan.problem);
  const auto failed = std::ranges::count_if(outcomes, [](const Outcome& o) { return o.kind != OutcomeKind::kDone; });
  if (failed > 0) {
    return fail(ErrorKind::kUnavailable, fmt::format("{} of {} calls to {} machines failed", failed, outcomes.size(),
                                                     scale::to_string(decision.plan.action)));
  }
  return {};
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

asio::awaitable<Result<scale::Decision>> Reconciler::look(std::shared_ptr<Setup> setup, AppState& app,
                                                          Deadline deadline) {
  const AppSetup* policy = setup->find(app.name);
  if (policy == nullptr) co_return fail(ErrorKind::kNotFound, fmt::format("no policy is for app {}", app.name));
  Result<Sight> sight = co_await see(*setup, *policy, app, deadline);
  if (!sight) co_return std::unexpected(std::move(sight.error()));
  co_return std::move(sight->decision);
}

asio::awaitable<Result<Reconciler::Sight>> Reconciler::see(Setup& setup, const AppSetup& policy, AppState& app,
                                                           Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  restore(app);
  auto seen = co_await (policy.collectors->collect(app.name, deadline, app.fresh_from) &&
                        setup.machines->list(app.name, deadline));
  auto& [observations, list] = seen;
  for (const scale::Observation& observation : observations) {
    telemetry_.observed(app.name, observation, clock_.wall_now());
    if (!observation.value) {
      log_error("metric collection failed",
                {{"app", app.name}, {"metric", observation.metric}, {"err", observation.value.error().message}});
    }
  }
  if (!list) co_return fail_with("cannot list machines", std::move(list.error()));

  const AppState::Reading reading{.steady = clock_.now(), .wall = clock_.wall_now()};
  if (app.last) {
    const Duration step = clock_step(*app.last, reading);
    if (step != Duration{0}) scale::shift(app.memory, step);
  }
  app.last = reading;
  if (app.hand && app.hand->until && reading.wall >= *app.hand->until) {
    app.hand.reset();
    log_info("what was set by hand is over", {{"app", app.name}});
  }
  app.memory.hand = app.hand;
  const scale::Fleet fleet = fleet_view(*list, policy.config->process_group);
  Sight sight{.decision = scale::decide(policy.policy, observations, fleet, app.memory, reading.wall),
              .list = std::move(*list)};
  if (sight.decision.acts()) {
    Result<std::string> hold = co_await hold_of(setup, app.name, deadline);
    if (!hold) sight.trouble = hold.error();
    sight.decision.hold = hold ? std::move(*hold) : std::move(hold.error().message);
  }
  co_return sight;
}

asio::awaitable<Result<void>> Reconciler::reconcile(Setup& setup, AppState& app, Deadline deadline) {
  const AppSetup* policy = setup.find(app.name);
  if (policy == nullptr) co_return Result<void>{};  // a reload has taken it away; discovery is about to drop it
  Result<Sight> sight = co_await see(setup, *policy, app, deadline);
  if (!sight) {
    scale::Decision blind;
    blind.at = clock_.wall_now();
    blind.error = sight.error();
    record(app, blind, {}, /*ok=*/false);
    TickReport report{.decision = std::move(blind), .ok = false, .error = sight.error().message};
    show(app, *policy, std::move(report));
    co_return std::unexpected(std::move(sight.error()));
  }
  scale::Decision& decision = sight->decision;
  telemetry_.decided(app.name, decision);
  history_.sample(app.name, decision);
  if (!decision.warning.empty()) {
    log_warn("scale-in-rank failed, scale-in-order decides", {{"app", app.name}, {"err", decision.warning}});
  }
  if (decision.fell_back) {
    log_warn("falling back", {{"app", app.name}, {"err", decision.error->message}});
  }
  if (decision.targets) log_decision(app.name, decision);
  if (!sight->trouble) log_hold(app.name, decision);

  std::vector<Outcome> outcomes;
  if (decision.acts() && !draining_) outcomes = co_await carry_out(setup, *policy, app, *sight, deadline);
  if (decision.targets && (decision.hold.empty() || decision.plan.action == ActionKind::kNone)) {
    telemetry_.reconciled(scale::to_string(decision.plan.action));
  }
  app.memory =
      scale::remember(std::move(decision.memory), decision.plan, outcomes, policy->config->regions.size(), decision.at);
  if (!app.memory.cordoned.empty() && !draining_ && !setup.config.dry_run) {
    co_await uncordon_left(setup, app, sight->list, outcomes, deadline);
  }
  app.memory.hand = app.hand;  // it may have been changed meanwhile
  Result<void> result = sight->trouble ? std::unexpected(*sight->trouble) : verdict(decision, outcomes);
  record(app, decision, outcomes, result.has_value());
  keep_memory(app);
  if (observer_ != nullptr) {
    TickReport report{.decision = std::move(decision),
                      .outcomes = std::move(outcomes),
                      .machines = shown_machines(sight->list),
                      .listed = true,
                      .ok = result.has_value(),
                      .error = result ? std::string() : result.error().message};
    show(app, *policy, std::move(report));
  }
  co_return result;
}

asio::awaitable<std::vector<Outcome>> Reconciler::carry_out(Setup& setup, const AppSetup& policy, AppState& app,
                                                            const Sight& sight, Deadline deadline) {
  const scale::Plan& plan = sight.decision.plan;
  const config::AppConfig& config = *policy.config;
  if (scale::needs_foresight(plan, config.cordon) && history_.lasting()) {
    app.memory = scale::foresee(sight.decision.memory, plan, config.cordon, config.regions.size(), sight.decision.at);
    keep_memory(app);
    const Deadline patience = std::min(deadline, clock_.now() + kFlushWait);
    const bool safe = co_await history_.flushed(patience);
    if (!safe) log_warn("what is about to be done is not on the disk yet", {{"app", app.name}});
  }
  const ActContext context{
      .calls = {.api = *setup.machines,
                .clock = clock_,
                .options = {.stop_method = config.stop_method == config::StopMethod::kSuspend ? StopMethod::kSuspend
                                                                                              : StopMethod::kStop,
                            .cordon = config.cordon}},
      .telemetry = telemetry_,
      .draining = draining_};
  const fly::Machine* source = find_machine(sight.list, plan.clone_of);
  std::vector<Outcome> outcomes = co_await act(context, app.name, plan, source, deadline);
  co_return outcomes;
}

// Machines that run and get no requests, since a call was lost or a process died between cordoning and stopping them.
asio::awaitable<void> Reconciler::uncordon_left(Setup& setup, AppState& app, const fly::MachineList& list,
                                                std::span<const Outcome> outcomes, Deadline deadline) {
  std::vector<std::string> left;
  for (const auto& [id, since] : app.memory.cordoned) {
    const fly::Machine* machine = find_machine(list, id);
    const bool runs = machine != nullptr && machine->state == MachineState::kStarted;
    if (runs && std::ranges::find(outcomes, id, &Outcome::id) == outcomes.end()) left.push_back(id);
  }
  for (const std::string& id : left) {
    std::string machine = id;
    fly::LeaseNonce no_lease;
    Result<void> done = co_await setup.machines->uncordon(app.name, std::move(machine), std::move(no_lease), deadline);
    if (done || done.error().kind == ErrorKind::kNotFound) {
      app.memory.cordoned.erase(id);
      log_info("a machine that was left cordoned gets requests again", {{"app", app.name}, {"id", id}});
    } else {
      log_warn("cannot uncordon a machine; it is tried again at the next tick",
               {{"app", app.name}, {"id", id}, {"err", done.error().message}});
    }
  }
}

// Asked only when there is something to do: an app that fits costs no GraphQL call.
asio::awaitable<Result<std::string>> Reconciler::hold_of(Setup& setup, std::string app, Deadline deadline) {
  Result<bool> running = co_await setup.platform->release_in_progress(std::move(app), deadline);
  if (!running) co_return fail_with("cannot read the current release", std::move(running.error()));
  std::string hold;
  if (*running) {
    hold = "release in progress";
  } else if (setup.config.dry_run) {
    hold = "dry-run";
  }
  co_return hold;
}

void Reconciler::restore(AppState& app) {
  if (app.restored) return;
  app.restored = true;
  const std::string text = history_.memory(app.name);
  if (text.empty()) return;
  app.memory = scale::parse_memory(text, clock_.wall_now());
  app.kept = app.memory;
  app.hand = app.memory.hand;
}

void Reconciler::keep_memory(AppState& app) {
  if (!history_.lasting() || app.kept == app.memory) return;
  app.kept = app.memory;
  history_.remember(app.name, scale::memory_text(app.memory));
}

void Reconciler::set_hand(AppState& app, std::optional<scale::Hand> hand) {
  restore(app);
  app.hand = std::move(hand);
  app.memory.hand = app.hand;
  keep_memory(app);
  if (observer_ != nullptr) observer_->set_hand(app.name, app.hand);
}

void Reconciler::show(const AppState& app, const AppSetup& policy, TickReport report) {
  if (observer_ == nullptr) return;
  report.hand = app.hand;
  observer_->ticked(app.name, std::move(report), policy.config->paused);
}

void Reconciler::record(AppState& app, const scale::Decision& decision, std::span<const Outcome> outcomes, bool ok) {
  Gist gist = gist_of(decision);
  const bool quiet = outcomes.empty() && gist == app.recorded && decision.at >= app.recorded_at &&
                     decision.at - app.recorded_at < kQuietRecord;
  if (quiet) return;
  app.recorded = std::move(gist);
  app.recorded_at = decision.at;
  HistoryRecord entry{
      .app = app.name,
      .at = decision.at,
      .action = std::string(scale::to_string(decision.acts() ? decision.plan.action : ActionKind::kNone)),
      .count = decision.acts() ? decision.plan.count : 0,
      .ok = ok,
      .decision =
          scale::to_json(decision, outcomes).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
  if (observer_ != nullptr) observer_->recorded(entry);
  history_.append(std::move(entry));
}

}  // namespace fas::control
