#include "backtest/observed.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <variant>

#include "backtest/columns.h"

namespace fas::backtest {
namespace {

Error no_value() { return {.kind = ErrorKind::kUnavailable, .message = "the recording has no value of it here"}; }

void add_slots(std::set<std::size_t>& used, const std::optional<scale::TargetExpression>& expression) {
  if (!expression) return;
  for (const std::uint32_t slot : expression->program.used_slots()) used.insert(slot);
}

// The metrics that the policy's expressions use.
std::set<std::size_t> used_metrics(const scale::Policy& policy) {
  std::set<std::size_t> used;
  for (const scale::CountExpressions* counts : {&policy.counts(), &policy.fallback()}) {
    for (const auto* end : {&counts->min_created, &counts->max_created, &counts->min_started, &counts->max_started}) {
      add_slots(used, *end);
    }
  }
  add_slots(used, policy.rank());
  return used;
}

}  // namespace

Result<Observed> Observed::make(const scale::Policy& policy, const scale::Samples& samples, const std::string& fed) {
  Observed observed(samples);
  const std::set<std::size_t> used = used_metrics(policy);
  for (std::size_t i = 0; i < policy.metrics().size(); ++i) {
    const std::string& name = policy.metrics()[i].name;
    observed.observations_.push_back({.metric = name, .value = std::unexpected(no_value())});
    if (!fed.empty() && name == fed) {
      observed.columns_.push_back(kFed);
      continue;
    }
    const Result<std::size_t> column = column_of(samples, name);
    if (!column && used.contains(i)) return std::unexpected(column.error());
    observed.columns_.push_back(column ? *column : kMissing);
  }
  return observed;
}

std::span<const scale::Observation> Observed::row(std::size_t row, double fed) {
  const std::span<const double> values = samples_->row(row);
  for (std::size_t i = 0; i < observations_.size(); ++i) {
    if (columns_[i] == kMissing) continue;
    const double value = columns_[i] == kFed ? fed : values[columns_[i]];
    scale::Observation& observation = observations_[i];
    if (std::isnan(value)) {
      if (observation.value) observation.value = std::unexpected(no_value());
    } else if (observation.value) {
      *observation.value = value;
    } else {
      observation.value = std::variant<double, Series>(value);
    }
  }
  return observations_;
}

}  // namespace fas::backtest
