#include "serve/playground.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "expr/display.h"
#include "expr/expr.h"
#include "scale/environment.h"
#include "serve/sample_json.h"

namespace fas::serve {
namespace {

constexpr std::size_t kMostText = 2000;
// A run of an expression, at most: some milliseconds.
constexpr expr::Limits kLimits{
    .source_bytes = std::size_t{16} << 10U, .memory_bytes = std::size_t{8} << 20U, .steps = 500'000};

expr::Time time_of(WallTime at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch());
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch() - seconds);
  return {.seconds = seconds.count(), .nanoseconds = static_cast<std::int32_t>(rest.count())};
}

Json error_json(const expr::Diagnostic& diagnostic) {
  const std::string& message = diagnostic.message;
  Json json = {{"error", message}};
  if (diagnostic.at) json["error"] = message + " at column " + std::to_string(diagnostic.at->column + 1);
  if (!diagnostic.snippet.empty()) json["caret"] = diagnostic.snippet;
  return json;
}

scale::Observation none(const std::string& metric) {
  return {.metric = metric, .value = fail(ErrorKind::kNotFound, "it has no value yet")};
}

// A program over the policy's names, and the memory to run it in.
class Trial {
 public:
  explicit Trial(const scale::Policy& policy) : policy_(policy) {
    for (const scale::MetricName& metric : policy.metrics()) observations_.push_back(none(metric.name));
  }

  std::vector<scale::Observation>& observations() { return observations_; }

  const std::vector<expr::Value>& values(const scale::Counts& current, const std::optional<scale::Targets>& previous) {
    arena_.reset();
    values_ = make_values(policy_.schema(), observations_, current, previous, arena_);
    return values_;
  }

  // The first metric that the program reads and that has no value.
  const scale::Observation* missing(const expr::Program& program) const {
    for (const std::uint32_t slot : program.used_slots()) {
      if (slot < observations_.size() && !observations_[slot].value) return &observations_[slot];
    }
    return nullptr;
  }

 private:
  const scale::Policy& policy_;
  std::vector<scale::Observation> observations_;
  expr::Arena arena_;
  std::vector<expr::Value> values_;
};

// Where each of the policy's metrics stands in the samples; nullopt: not recorded.
std::vector<std::optional<std::size_t>> columns_of(const scale::Policy& policy, const scale::Samples& samples) {
  std::vector<std::optional<std::size_t>> columns;
  for (const scale::MetricName& metric : policy.metrics()) {
    const auto found = std::ranges::find(samples.metrics, metric.name);
    columns.emplace_back();
    if (found != samples.metrics.end() && !metric.is_series) {
      columns.back() = static_cast<std::size_t>(found - samples.metrics.begin());
    }
  }
  return columns;
}

Json target_of(const scale::Tick& tick) {
  if (!tick.targets) return nullptr;
  if (tick.targets->started.min) return *tick.targets->started.min;
  if (tick.targets->created.min) return *tick.targets->created.min;
  return nullptr;
}

}  // namespace

Json try_now(const scale::Policy& policy, const std::string& expression, const Seen& seen) {
  const auto program = expr::compile(expression, policy.schema(), {.limits = kLimits});
  if (!program) return error_json(program.error());
  Trial trial(policy);
  if (seen.observations.size() == policy.metrics().size()) trial.observations() = seen.observations;
  if (const scale::Observation* missing = trial.missing(*program)) {
    return {{"error", "metric \"" + missing->metric + "\" has no value: " + missing->value.error().message}};
  }
  expr::Machine machine;
  machine.set_now(time_of(seen.now));
  const auto value = machine.run(*program, trial.values(seen.current, seen.previous));
  if (!value) return error_json(value.error());
  Json json = {
      {"value", nullptr}, {"text", expr::display(*value, kMostText)}, {"type", expr::kind_name(value->kind())}};
  // The same once more as a policy would take it.
  const auto counted = expr::compile(expression, policy.schema(), {.as_float = true, .limits = kLimits});
  if (!counted) return json;
  const auto number = machine.run_float(*counted, trial.values(seen.current, seen.previous));
  if (!number) return json;
  if (std::isfinite(*number)) json["value"] = *number;
  const Result<int> count = scale::to_count(*number);
  json["count"] = count ? Json(*count) : Json(nullptr);
  return json;
}

Json try_history(const scale::Policy& policy, const std::string& expression, const scale::Samples& samples,
                 std::size_t points, const std::stop_token& stop) {
  const auto program = expr::compile(expression, policy.schema(), {.as_float = true, .limits = kLimits});
  if (!program) return error_json(program.error());
  const std::vector<std::optional<std::size_t>> columns = columns_of(policy, samples);
  Trial trial(policy);
  expr::Machine machine;
  const auto count_at = [&](std::size_t tick) -> double {
    const std::span<const double> row = samples.row(tick);
    for (std::size_t metric = 0; metric < columns.size(); ++metric) {
      scale::Observation& observation = trial.observations()[metric];
      if (columns[metric] && !std::isnan(row[*columns[metric]])) {
        observation.value = row[*columns[metric]];
      } else {
        observation.value = fail(ErrorKind::kNotFound, {});
      }
    }
    if (trial.missing(*program) != nullptr) return std::nan("");
    const scale::Tick& at = samples.ticks[tick];
    const scale::Counts current{.created = at.created, .started = at.started, .stopped = at.created - at.started};
    const std::optional<scale::Targets> previous = tick == 0 ? std::nullopt : samples.ticks[tick - 1].targets;
    machine.set_now(time_of(at.at));
    const auto value = machine.run_float(*program, trial.values(current, previous));
    if (!value) return std::nan("");
    const Result<int> count = scale::to_count(*value);
    return count ? *count : std::nan("");
  };

  Json json = {{"at", Json::array()}, {"counts", Json::array()}, {"started", Json::array()}, {"target", Json::array()}};
  for (const Bucket& bucket : buckets_of(samples.ticks, points)) {
    if (stop.stop_requested()) break;
    json["at"].push_back(unix_seconds(samples.ticks[bucket.begin].at));
    json["counts"].push_back(greatest(bucket, count_at));
    json["started"].push_back(
        greatest(bucket, [&](std::size_t tick) -> double { return samples.ticks[tick].started; }));
    json["target"].push_back(target_of(samples.ticks[bucket.end - 1]));
  }
  return json;
}

}  // namespace fas::serve
