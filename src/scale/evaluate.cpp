#include "scale/evaluate.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "scale/environment.h"

namespace fas::scale {
namespace {

// The values of one tick, and the machine that runs the expressions over them.
class Evaluation {
 public:
  Evaluation(const Policy& policy, std::span<const Observation> observations, const Counts& current,
             const std::optional<Targets>& previous, WallTime now)
      : observations_(observations), values_(make_values(policy.schema(), observations, current, previous, arena_)) {
    const auto since_epoch = now.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    machine_.set_now({.seconds = seconds.count(),
                      .nanoseconds = static_cast<std::int32_t>(
                          std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds).count())});
  }

  // nullopt where there is no expression; else a count of at least `least`.
  Result<std::optional<int>> count(const std::optional<TargetExpression>& target, int least) {
    if (!target) return std::nullopt;
    for (const std::uint32_t slot : target->program.used_slots()) {
      if (slot < observations_.size() && !observations_[slot].value) {
        const Observation& missing = observations_[slot];
        return fail(missing.value.error().kind,
                    "metric \"" + missing.metric + "\" has no value: " + missing.value.error().message);
      }
    }
    const auto value = machine_.run_float(target->program, values_);
    if (!value) return fail(ErrorKind::kInvalid, target->label + ": " + expr::to_string(value.error()));
    const Result<int> count = to_count(*value);
    if (!count) return fail_with(target->label, count.error());
    return std::max(*count, least);
  }

 private:
  std::span<const Observation> observations_;
  expr::Arena arena_;
  std::vector<expr::Value> values_;
  expr::Machine machine_;
};

}  // namespace

Result<Targets> compute_targets(const Policy& policy, std::span<const Observation> observations, const Counts& current,
                                const std::optional<Targets>& previous, WallTime now) {
  Evaluation evaluation(policy, observations, current, previous, now);
  Targets targets;
  struct End {
    const std::optional<TargetExpression>& expression;
    std::optional<int>& count;
    int least;
  };
  // The last machine is never destroyed, hence at least 1 created.
  const End ends[] = {{policy.min_created(), targets.created.min, 1},
                      {policy.max_created(), targets.created.max, 1},
                      {policy.min_started(), targets.started.min, 0},
                      {policy.max_started(), targets.started.max, 0}};
  for (const End& end : ends) {
    Result<std::optional<int>> count = evaluation.count(end.expression, end.least);
    if (!count) return std::unexpected(std::move(count.error()));
    end.count = *count;
  }
  return targets;
}

}  // namespace fas::scale
