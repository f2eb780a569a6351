// What the user wants: up to four expressions over the metrics, compiled once, and the rules of the plan.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "expr/expr.h"
#include "scale/environment.h"
#include "scale/plan.h"

namespace fas::scale {

// An expression as written, and where: "fas.yml:12:3" or "FAS_STARTED_MACHINE_COUNT".
struct ExpressionText {
  std::string text;
  std::string where;
};

// A plain count sets both ends of a pair. At least one pair must be there; that is the configuration's affair.
struct PolicyText {
  std::optional<ExpressionText> min_created, max_created;
  std::optional<ExpressionText> min_started, max_started;
};

struct TargetExpression {
  expr::Program program;
  std::string label;  // "min started", for messages
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

  const std::optional<TargetExpression>& min_created() const { return min_created_; }
  const std::optional<TargetExpression>& max_created() const { return max_created_; }
  const std::optional<TargetExpression>& min_started() const { return min_started_; }
  const std::optional<TargetExpression>& max_started() const { return max_started_; }

 private:
  std::vector<MetricName> metrics_;
  expr::Schema schema_;
  PlanRules rules_;
  std::optional<TargetExpression> min_created_, max_created_, min_started_, max_started_;
};

}  // namespace fas::scale
