#include "scale/evaluate.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scale/environment.h"

namespace fas::scale {
namespace {

// The values of one tick, and the machine that runs the expressions over them.
class Evaluation {
 public:
  Evaluation(const expr::Schema& schema, std::span<const Observation> observations, const Counts& current,
             const std::optional<Targets>& previous, WallTime now)
      : observations_(observations), values_(make_values(schema, observations, current, previous, arena_)) {
    const auto since_epoch = now.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    machine_.set_now({.seconds = seconds.count(),
                      .nanoseconds = static_cast<std::int32_t>(
                          std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds).count())});
  }

  Result<double> number(const TargetExpression& target) {
    for (const std::uint32_t slot : target.program.used_slots()) {
      if (slot < observations_.size() && !observations_[slot].value) {
        const Observation& missing = observations_[slot];
        return fail(missing.value.error().kind,
                    "metric \"" + missing.metric + "\" has no value: " + missing.value.error().message);
      }
    }
    const auto value = machine_.run_float(target.program, values_);
    if (!value) return fail(ErrorKind::kInvalid, target.label + ": " + expr::to_string(value.error()));
    return *value;
  }

  // nullopt where there is no expression; else a count of at least `least`.
  Result<std::optional<int>> count(const std::optional<TargetExpression>& target, int least) {
    if (!target) return std::nullopt;
    const Result<double> value = number(*target);
    if (!value) return std::unexpected(value.error());
    const Result<int> count = to_count(*value);
    if (!count) return fail_with(target->label, count.error());
    return std::max(*count, least);
  }

  // Gives the name that make_rank_schema() adds its value.
  void set_machine(const Machine& machine, std::optional<double> busy, WallTime now) {
    values_.back() = machine_value(machine, busy, now, arena_);
  }

 private:
  std::span<const Observation> observations_;
  expr::Arena arena_;
  std::vector<expr::Value> values_;
  expr::Machine machine_;
};

}  // namespace

Result<Targets> compute_targets(const Policy& policy, const CountExpressions& expressions,
                                std::span<const Observation> observations, const Counts& current,
                                const std::optional<Targets>& previous, WallTime now) {
  Evaluation evaluation(policy.schema(), observations, current, previous, now);
  Targets targets;
  struct End {
    const std::optional<TargetExpression>& expression;
    std::optional<int>& count;
    int least;
  };
  // The last machine is never destroyed, hence at least 1 created.
  const End ends[] = {{expressions.min_created, targets.created.min, 1},
                      {expressions.max_created, targets.created.max, 1},
                      {expressions.min_started, targets.started.min, 0},
                      {expressions.max_started, targets.started.max, 0}};
  for (const End& end : ends) {
    Result<std::optional<int>> count = evaluation.count(end.expression, end.least);
    if (!count) return std::unexpected(std::move(count.error()));
    end.count = *count;
  }
  return targets;
}

namespace {

void read_busy(Ranks& ranks, const BusyRule& rule, const Observation& observation) {
  const Series* series = observation.value ? std::get_if<Series>(&*observation.value) : nullptr;
  if (series == nullptr) {
    ranks.busy_known = false;
    ranks.problem = "nothing is stopped while the busy-metric has no value";
    if (!observation.value) ranks.problem += ": " + observation.value.error().message;
    return;
  }
  for (const SeriesPoint& point : *series) {
    const auto id = point.labels.find(rule.label);
    // Several series of one machine, one for each of its workers: busy when any of them is.
    if (id != point.labels.end()) ranks.busy[id->second] += point.value;
  }
}

std::optional<double> busy_of(const Ranks& ranks, const std::string& id) {
  const auto found = ranks.busy.find(id);
  if (found == ranks.busy.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Ranks compute_ranks(const Policy& policy, std::span<const Observation> observations, const Fleet& fleet,
                    const Counts& current, const std::optional<Targets>& previous, WallTime now) {
  Ranks ranks;
  if (policy.busy()) read_busy(ranks, *policy.busy(), observations[policy.busy()->metric]);
  if (!policy.rank()) return ranks;
  Evaluation evaluation(policy.rank_schema(), observations, current, previous, now);
  for (const Machine& machine : fleet.machines) {
    if (machine.state != MachineState::kStarted) continue;
    evaluation.set_machine(machine, busy_of(ranks, machine.id), now);
    const Result<double> rank = evaluation.number(*policy.rank());
    if (!rank) {
      ranks.rank.clear();
      ranks.rank_problem = rank.error().message;
      break;
    }
    ranks.rank[machine.id] = *rank;
  }
  return ranks;
}

}  // namespace fas::scale
