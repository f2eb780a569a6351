#include "scale/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace fas::scale {
namespace {

// Compiles one expression after the other and keeps what is wrong with them.
class Compiler {
 public:
  std::optional<TargetExpression> compile(const std::optional<ExpressionText>& text, const expr::Schema& schema,
                                          std::string_view label) {
    if (!text) return std::nullopt;
    auto program = expr::compile(text->text, schema, {.as_float = true});
    if (program) return TargetExpression{.program = std::move(*program), .label = std::string(label)};
    problem(fmt::format("{}: {}", text->where, expr::to_string(program.error())));
    return std::nullopt;
  }

  CountExpressions compile(const CountTexts& texts, const expr::Schema& schema, const std::string& prefix) {
    return {.min_created = compile(texts.min_created, schema, prefix + "min created"),
            .max_created = compile(texts.max_created, schema, prefix + "max created"),
            .min_started = compile(texts.min_started, schema, prefix + "min started"),
            .max_started = compile(texts.max_started, schema, prefix + "max started")};
  }

  // A plain count stands at both ends of its pair, its mistake is worth one message.
  void problem(const std::string& text) {
    if (reported_.insert(text).second) problems_ += (problems_.empty() ? "" : "\n") + text;
  }

  const std::string& problems() const { return problems_; }

 private:
  std::string problems_;
  std::set<std::string> reported_;
};

std::optional<BusyRule> find_busy(const PolicyText& text, const std::vector<MetricName>& metrics, Compiler& compiler) {
  if (text.busy_metric.empty()) return std::nullopt;
  const auto found = std::ranges::find(metrics, text.busy_metric, &MetricName::name);
  if (found == metrics.end()) {
    compiler.problem(fmt::format("busy-metric: there is no metric \"{}\"", text.busy_metric));
    return std::nullopt;
  }
  if (!found->is_series) {
    compiler.problem(
        fmt::format("busy-metric: \"{}\" is one number; set series: true at its collector, so that each "
                    "machine has a value of its own",
                    text.busy_metric));
    return std::nullopt;
  }
  return BusyRule{.metric = static_cast<std::size_t>(found - metrics.begin()), .label = text.busy_label};
}

}  // namespace

Result<Policy> Policy::compile(const PolicyText& text, std::vector<MetricName> metrics, PlanRules rules) {
  Policy policy;
  policy.metrics_ = std::move(metrics);
  policy.schema_ = make_schema(policy.metrics_);
  policy.rules_ = std::move(rules);
  policy.fallback_after_ = text.fallback_after;
  policy.behavior_ = text.behavior;
  policy.limits_ = text.limits;
  policy.schedules_ = text.schedules;
  policy.paused_ = text.paused;

  Compiler compiler;
  policy.counts_ = compiler.compile(text.counts, policy.schema_, "");
  policy.fallback_ = compiler.compile(text.fallback, policy.schema_, "on-failure: ");
  policy.busy_ = find_busy(text, policy.metrics_, compiler);
  if (text.scale_in_rank) {
    policy.rank_schema_ = make_rank_schema(policy.metrics_);
    policy.rank_ = compiler.compile(text.scale_in_rank, policy.rank_schema_, "scale-in-rank");
  }
  if (!compiler.problems().empty()) return fail(ErrorKind::kInvalid, compiler.problems());
  return policy;
}

}  // namespace fas::scale
