// What the user wants: expressions over the metrics, compiled once, and the rules that the decision keeps to.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "expr/expr.h"
#include "scale/behavior.h"
#include "scale/environment.h"
#include "scale/plan.h"
#include "scale/schedule.h"

namespace fas::scale {

// An expression as written, and where: "fas.yml:12:3" or "FAS_STARTED_MACHINE_COUNT".
struct ExpressionText {
  std::string text;
  std::string where;
};

// A plain count sets both ends of a pair.
struct CountTexts {
  std::optional<ExpressionText> min_created, max_created;
  std::optional<ExpressionText> min_started, max_started;
};

// Besides the plan's rules, all that is off by default.
struct PolicyText {
  CountTexts counts;    // at least one pair must be there; that is the configuration's affair
  CountTexts fallback;  // used while a metric or an expression fails
  int fallback_after = 3;
  Behavior behavior;
  Clamp limits;
  std::vector<Schedule> schedules;
  bool paused = false;
  std::string busy_metric;  // name of a series metric, empty: none
  std::string busy_label = "instance";
  std::optional<ExpressionText> scale_in_rank;
};

struct TargetExpression {
  expr::Program program;
  std::string label;  // "min started", for messages
};

struct CountExpressions {
  std::optional<TargetExpression> min_created, max_created;
  std::optional<TargetExpression> min_started, max_started;
  bool any() const { return min_created || max_created || min_started || max_started; }
};

struct BusyRule {
  std::size_t metric = 0;  // index of the observation
  std::string label;       // whose value is the machine's id
};

// Immutable once made; shared between ticks and threads.
class Policy {
 public:
  // Compiles every expression with the metrics and the names of docs/configuration.md in scope. All errors are reported
  // together, each as "WHERE: message" with the line and a caret under the place.
  static Result<Policy> compile(const PolicyText& text, std::vector<MetricName> metrics, PlanRules rules);

  // In the order of the observations that decide() takes.
  const std::vector<MetricName>& metrics() const { return metrics_; }
  const expr::Schema& schema() const { return schema_; }
  const PlanRules& rules() const { return rules_; }
  const CountExpressions& counts() const { return counts_; }
  const CountExpressions& fallback() const { return fallback_; }
  int fallback_after() const { return fallback_after_; }
  const Behavior& behavior() const { return behavior_; }
  const Clamp& limits() const { return limits_; }
  const std::vector<Schedule>& schedules() const { return schedules_; }
  bool paused() const { return paused_; }
  const std::optional<BusyRule>& busy() const { return busy_; }
  // Over rank_schema(): the policy's names and `machine` {id, region, state, age (seconds), busy}.
  const std::optional<TargetExpression>& rank() const { return rank_; }
  const expr::Schema& rank_schema() const { return rank_schema_; }

 private:
  std::vector<MetricName> metrics_;
  expr::Schema schema_;
  PlanRules rules_;
  CountExpressions counts_, fallback_;
  int fallback_after_ = 3;
  Behavior behavior_;
  Clamp limits_;
  std::vector<Schedule> schedules_;
  bool paused_ = false;
  std::optional<BusyRule> busy_;
  std::optional<TargetExpression> rank_;
  expr::Schema rank_schema_;
};

}  // namespace fas::scale
