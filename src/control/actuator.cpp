#include "control/actuator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
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
    Outcome outcome{
        .kind = OutcomeKind::kFailed, .id = {}, .name = machine.name, .region = machine.region, .error = {}};
    const fly::CloneOptions options{.name = machine.name, .region = machine.region, .skip_launch = !plan_.launch};
    Result<std::string> body = fly::clone_request(*clone_source_, options);
    if (!body) {
      outcome.error = std::move(body.error());
    } else {
      Result<fly::Machine> created = co_await context_.api.create(app_, std::move(*body), deadline_);
      if (created) {
        outcome.kind = OutcomeKind::kDone;
        outcome.id = created->id;
      } else {
        // The name exists: an earlier create of this very machine had its effect though its reply was lost.
        const bool exists = created.error().kind == ErrorKind::kConflict;
        outcome.kind = exists ? OutcomeKind::kDone : classify(created.error());
        if (exists) outcome.id = machine.name;
        if (!exists) outcome.error = std::move(created.error());
      }
    }
    finish(std::move(outcome));
  }

  // Tries candidates until one obliges, or the reason for failing is not the machine's.
  asio::awaitable<void> fill_slot() {
    while (next_candidate_ < plan_.candidates.size() && !over()) {
      const scale::Candidate& candidate = plan_.candidates[next_candidate_++];
      Outcome outcome{
          .kind = OutcomeKind::kDone, .id = candidate.id, .name = {}, .region = candidate.region, .error = {}};
      Result<void> done = co_await apply(candidate);
      if (!done) {
        outcome.kind = classify(done.error());
        outcome.error = std::move(done.error());
      }
      const bool refused = outcome.kind == OutcomeKind::kRefused;
      finish(std::move(outcome));
      if (!refused) co_return;
    }
  }

  asio::awaitable<Result<void>> apply(const scale::Candidate& candidate) {
    std::string id = candidate.id;
    fly::LeaseNonce no_lease;
    switch (plan_.action) {
      case ActionKind::kStart: return context_.api.start(app_, std::move(id), std::move(no_lease), deadline_);
      case ActionKind::kStop: return context_.api.stop(app_, std::move(id), std::move(no_lease), deadline_);
      default: break;
    }
    const bool force = candidate.state == MachineState::kStarted;
    if (candidate.has_volume) {
      log_warn("destroying a machine with a volume; the volume stays", {{"app", app_}, {"id", candidate.id}});
    }
    return context_.api.destroy(app_, std::move(id), force, std::move(no_lease), deadline_);
  }

  void finish(Outcome outcome) {
    context_.telemetry.acted(plan_.action, outcome.kind == OutcomeKind::kDone);
    if (outcome.kind == OutcomeKind::kDone) {
      log_info(words(plan_.action).done, {{"app", app_}, {"id", outcome.id}, {"region", outcome.region}});
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

scale::Memory remember(scale::Memory memory, const scale::Plan& plan, const std::vector<Outcome>& outcomes,
                       std::size_t region_count, WallTime now) {
  if (plan.action != ActionKind::kCreate) return memory;
  if (region_count > 0) memory.next_region = (memory.next_region + plan.creates.size()) % region_count;
  for (const Outcome& outcome : outcomes) {
    // A name that was asked for again has its answer now, whichever it is.
    std::erase_if(memory.pending, [&](const scale::PendingCreate& create) { return create.name == outcome.name; });
    if (outcome.kind == OutcomeKind::kDone || outcome.kind == OutcomeKind::kUnknown) {
      memory.pending.push_back({.name = outcome.name, .region = outcome.region, .id = outcome.id, .at = now});
    }
  }
  return memory;
}

}  // namespace fas::control
