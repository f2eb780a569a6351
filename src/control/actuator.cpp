#include "control/actuator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <string_view>
#include <utility>

#include "control/log.h"
#include "net/gather.h"

namespace fas::control {
namespace {

namespace asio = boost::asio;
using scale::ActionKind;

// Calls of one app under way at once. Enough to start hundreds of machines in a few round trips, few enough that one
// app does not take all connections.
constexpr int kSideBySide = 64;

struct Words {
  std::string_view verb;  // "start"
  std::string_view done;  // "machine started"
};

Words words(ActionKind action) {
  switch (action) {
    case ActionKind::kCreate: return {"create", "machine created"};
    case ActionKind::kDestroy: return {"destroy", "machine destroyed"};
    case ActionKind::kStart: return {"start", "machine started"};
    case ActionKind::kStop: return {"stop", "machine stopped"};
    case ActionKind::kNone: break;
  }
  return {"none", "none"};
}

OutcomeKind classify(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kNotFound:
    case ErrorKind::kConflict:
    case ErrorKind::kPrecondition:
    case ErrorKind::kInvalid:
    case ErrorKind::kCapacity: return OutcomeKind::kRefused;
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kMalformed: return OutcomeKind::kUnknown;
    default: return OutcomeKind::kFailed;
  }
}

// What the workers of one plan share. All run on the loop's thread, so nothing is locked.
class Run {
 public:
  Run(const ActContext& context, std::string app, const scale::Plan& plan, const fly::Machine* clone_source,
      Deadline deadline)
      : context_(context), app_(std::move(app)), plan_(plan), clone_source_(clone_source), deadline_(deadline) {}

  asio::awaitable<bool> worker() {
    while (slots_taken_ < plan_.count && !over()) {
      const int slot = slots_taken_++;
      if (plan_.action == ActionKind::kCreate) {
        co_await create(plan_.creates[static_cast<std::size_t>(slot)]);
      } else {
        co_await fill_slot();
      }
    }
    co_return true;
  }

  std::vector<Outcome> take_outcomes() { return std::move(outcomes_); }

 private:
  bool over() const { return gave_up_ || context_.draining; }

  asio::awaitable<void> create(const scale::NewMachine& machine) {
    Outcome outcome;
    outcome.name = machine.name;
    outcome.slot = machine.slot;
    outcome.region = machine.region;
    for (;;) {
      outcome.error.reset();
      co_await try_create(outcome);
      if (!outcome.error || outcome.error->kind != ErrorKind::kCapacity) break;
      outcome.full_regions.push_back(outcome.region);
      full_.insert(outcome.region);
      const auto open = std::ranges::find_if(plan_.regions, [this](const auto& r) { return !full_.contains(r); });
      if (open == plan_.regions.end() || over()) break;
      log_warn("no room for a new machine, trying another region",
               {{"app", app_}, {"full", outcome.region}, {"region", *open}, {"err", outcome.error->message}});
      outcome.region = *open;
    }
    finish(std::move(outcome));
  }

  asio::awaitable<void> try_create(Outcome& outcome) {
    const fly::CloneOptions options{.name = outcome.name, .region = outcome.region, .skip_launch = !plan_.launch};
    Result<std::string> body = fly::clone_request(*clone_source_, options);
    if (!body) {
      outcome.error = std::move(body.error());
      co_return;
    }
    Result<fly::Machine> created = co_await context_.calls.api.create(app_, std::move(*body), deadline_);
    if (created) {
      outcome.kind = OutcomeKind::kDone;
      outcome.id = created->id;
    } else if (created.error().kind == ErrorKind::kConflict) {
      // The name exists: an earlier create of this very machine had its effect though its reply was lost.
      outcome.kind = OutcomeKind::kDone;
      outcome.id = outcome.name;
    } else {
      outcome.kind = classify(created.error());
      outcome.error = std::move(created.error());
    }
  }

  // Tries candidates until one obliges, or the reason for failing is not the machine's.
  asio::awaitable<void> fill_slot() {
    while (next_candidate_ < plan_.candidates.size() && !over()) {
      const scale::Candidate& candidate = plan_.candidates[next_candidate_++];
      Outcome outcome;
      outcome.id = candidate.id;
      outcome.region = candidate.region;
      outcome.seen = candidate.updated_at;
      outcome.was_running = candidate.state == MachineState::kStarted;
      ActionResult done = co_await apply(candidate);
      outcome.becomes = done.becomes;
      outcome.cordoned = done.cordoned;
      outcome.kind = OutcomeKind::kDone;
      if (done.error) {
        outcome.kind = classify(*done.error);
        const bool settled = co_await is_settled(candidate, *done.error);
        if (settled) {
          outcome.kind = OutcomeKind::kDone;
          outcome.becomes = intended();
        } else {
          outcome.error = std::move(done.error);
        }
      }
      const bool refused = outcome.kind == OutcomeKind::kRefused;
      finish(std::move(outcome));
      if (!refused) co_return;
    }
  }

  asio::awaitable<ActionResult> apply(const scale::Candidate& candidate) {
    switch (plan_.action) {
      case ActionKind::kStart: return start_machine(context_.calls, app_, candidate, deadline_);
      case ActionKind::kStop: return stop_machine(context_.calls, app_, candidate, deadline_);
      default: break;
    }
    if (candidate.has_volume) {
      log_warn("destroying a machine with a volume; the volume stays", {{"app", app_}, {"id", candidate.id}});
    }
    return destroy_machine(context_.calls, app_, candidate, deadline_);
  }

  MachineState intended() const {
    if (plan_.action == ActionKind::kStart) return MachineState::kStarting;
    if (plan_.action == ActionKind::kDestroy) return MachineState::kDestroying;
    return context_.calls.options.stop_method == StopMethod::kSuspend ? MachineState::kSuspending
                                                                      : MachineState::kStopping;
  }

  // A refusal because the machine is not in the state that the list showed: the list was older than what somebody else
  // did. If the machine is where it was wanted, the plan has what it needs, and taking another would be one too many.
  asio::awaitable<bool> is_settled(const scale::Candidate& candidate, const Error& error) {
    const bool gone = error.kind == ErrorKind::kNotFound;
    if (gone) co_return plan_.action != ActionKind::kStart;
    if (error.kind != ErrorKind::kPrecondition) co_return false;
    std::string id = candidate.id;
    Result<fly::Machine> machine = co_await context_.calls.api.get(app_, std::move(id), deadline_);
    if (!machine) co_return machine.error().kind == ErrorKind::kNotFound&& plan_.action != ActionKind::kStart;
    switch (machine->state) {
      case MachineState::kStarted:
      case MachineState::kStarting:
      case MachineState::kRestarting:
      case MachineState::kReplacing:
      case MachineState::kUpdating: co_return plan_.action == ActionKind::kStart;
      case MachineState::kDestroying:
      case MachineState::kDestroyed:
      case MachineState::kLaunchFailed: co_return plan_.action != ActionKind::kStart;
      default: co_return plan_.action == ActionKind::kStop;
    }
  }

  void finish(Outcome outcome) {
    context_.telemetry.acted(plan_.action, outcome.kind == OutcomeKind::kDone);
    if (outcome.kind == OutcomeKind::kDone) {
      // What is to be destroyed but takes its time to stop is not destroyed yet.
      const bool drains = plan_.action == ActionKind::kDestroy && outcome.becomes != MachineState::kDestroying;
      log_info(drains ? "machine stopping before it is destroyed" : words(plan_.action).done,
               {{"app", app_}, {"id", outcome.id}, {"region", outcome.region}});
    } else {
      log_error(fmt::format("cannot {} machine", words(plan_.action).verb),
                {{"app", app_},
                 {"id", outcome.id.empty() ? outcome.name : outcome.id},
                 {"region", outcome.region},
                 {"err", outcome.error->message}});
      if (outcome.error->kind == ErrorKind::kUnauthorized) gave_up_ = true;
    }
    outcomes_.push_back(std::move(outcome));
  }

  const ActContext& context_;
  std::string app_;
  const scale::Plan& plan_;
  const fly::Machine* clone_source_;
  Deadline deadline_;
  int slots_taken_ = 0;
  std::size_t next_candidate_ = 0;
  bool gave_up_ = false;
  std::set<std::string, std::less<>> full_;  // regions that turned out to have no room
  std::vector<Outcome> outcomes_;
};

}  // namespace

asio::awaitable<std::vector<Outcome>> act(const ActContext& context, std::string app, const scale::Plan& plan,
                                          const fly::Machine* clone_source, Deadline deadline) {
  const std::string_view verb = words(plan.action).verb;
  log_info(fmt::format("begin bulk {}", verb), {{"app", app}, {"n", plan.count}});
  Run run(context, app, plan, clone_source, deadline);
  const int width = std::min(plan.count, kSideBySide);
  std::vector<asio::awaitable<bool>> workers;
  workers.reserve(static_cast<std::size_t>(width));
  for (int i = 0; i < width; ++i) workers.push_back(run.worker());
  co_await net::gather(std::move(workers));
  std::vector<Outcome> outcomes = run.take_outcomes();
  const auto done = std::ranges::count(outcomes, OutcomeKind::kDone, &Outcome::kind);
  log_info(fmt::format("bulk {} completed", verb), {{"app", app}, {"n", done}});
  co_return outcomes;
}

}  // namespace fas::control
