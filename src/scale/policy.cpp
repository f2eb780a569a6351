#include "scale/policy.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace fas::scale {
namespace {

struct End {
  const std::optional<ExpressionText>& text;
  std::optional<TargetExpression>& target;
  std::string_view label;
};

}  // namespace

Result<Policy> Policy::compile(const PolicyText& text, std::vector<MetricName> metrics, PlanRules rules) {
  Policy policy;
  policy.metrics_ = std::move(metrics);
  policy.schema_ = make_schema(policy.metrics_);
  policy.rules_ = std::move(rules);
  const End ends[] = {{text.min_created, policy.min_created_, "min created"},
                      {text.max_created, policy.max_created_, "max created"},
                      {text.min_started, policy.min_started_, "min started"},
                      {text.max_started, policy.max_started_, "max started"}};
  std::string problems;
  std::set<std::string> reported;  // a plain count stands at both ends, its mistake only once
  for (const End& end : ends) {
    if (!end.text) continue;
    auto program = expr::compile(end.text->text, policy.schema_, {.as_float = true});
    if (program) {
      end.target = TargetExpression{.program = std::move(*program), .label = std::string(end.label)};
      continue;
    }
    std::string problem = fmt::format("{}: {}", end.text->where, expr::to_string(program.error()));
    if (reported.insert(problem).second) problems += (problems.empty() ? "" : "\n") + problem;
  }
  if (!problems.empty()) return fail(ErrorKind::kInvalid, std::move(problems));
  return policy;
}

}  // namespace fas::scale
