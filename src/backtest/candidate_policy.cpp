#include "backtest/candidate_policy.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/number_text.h"
#include "base/text.h"
#include "control/setup.h"

namespace fas::backtest {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// Where `name` stands as a word of its own from `from` on.
std::size_t find_word(std::string_view text, std::string_view name, std::size_t from) {
  for (std::size_t at = text.find(name, from); at != std::string_view::npos; at = text.find(name, at + 1)) {
    const bool begins = at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '.');
    const std::size_t end = at + name.size();
    if (begins && (end == text.size() || !is_word(text[end]))) return at;
  }
  return std::string_view::npos;
}

struct Range {
  std::size_t begin;
  std::size_t end;
};

// Of VALUE in `let NAME = VALUE;`.
std::optional<Range> value_of_let(std::string_view text, std::string_view name) {
  for (std::size_t at = find_word(text, name, 0); at != std::string_view::npos; at = find_word(text, name, at + 1)) {
    const std::string_view before = trim(text.substr(0, at));
    const bool is_let = before.ends_with("let") && (before.size() == 3 || !is_word(before[before.size() - 4]));
    std::size_t begin = text.find_first_not_of(" \t\n", at + name.size());
    if (!is_let || begin == std::string_view::npos || text[begin] != '=') continue;
    ++begin;
    const std::size_t end = text.find(';', begin);
    if (end != std::string_view::npos) return Range{begin, end};
  }
  return std::nullopt;
}

std::vector<std::optional<config::Expression>*> expressions_of(config::AppConfig& config) {
  std::vector<std::optional<config::Expression>*> all;
  for (config::CountExpressions* counts : {&config.counts, &config.fallback_counts}) {
    for (auto* end : {&counts->min_created, &counts->max_created, &counts->min_started, &counts->max_started}) {
      all.push_back(end);
    }
  }
  all.push_back(&config.scale_in_rank);
  return all;
}

Result<void> apply(config::AppConfig& config, const std::string& name, double value) {
  bool used = false;
  for (std::optional<config::Expression>* expression : expressions_of(config)) {
    if (!*expression || find_word((*expression)->text, name, 0) == std::string::npos) continue;
    used = true;
    (*expression)->text = with_constant((*expression)->text, name, value);
  }
  if (used) return {};
  return fail(ErrorKind::kInvalid,
              fmt::format("no expression of the policy uses \"{}\"; -set and -sweep give values to "
                          "names in expressions, as in ceil(queue_depth / {})",
                          name, name));
}

// Recordings hold numbers.
Result<void> refuse_series(const scale::Policy& policy) {
  for (const scale::CountExpressions* counts : {&policy.counts(), &policy.fallback()}) {
    for (const auto* end : {&counts->min_created, &counts->max_created, &counts->min_started, &counts->max_started}) {
      if (!*end) continue;
      for (const std::uint32_t slot : (*end)->program.used_slots()) {
        if (slot < policy.metrics().size() && policy.metrics()[slot].is_series) {
          return fail(ErrorKind::kInvalid, fmt::format("metric \"{}\" has several series, and a recording one number; "
                                                       "try the policy with a metric that is summed up",
                                                       policy.metrics()[slot].name));
        }
      }
    }
  }
  return {};
}

}  // namespace

std::string with_constant(const std::string& expression, const std::string& name, double value) {
  if (find_word(expression, name, 0) == std::string::npos) return expression;
  const std::string number = format_float(value);
  if (const auto let = value_of_let(expression, name)) {
    return expression.substr(0, let->begin) + " " + number + expression.substr(let->end);
  }
  return fmt::format("let {} = {}; {}", name, number, expression);
}

Result<CandidatePolicy> make_candidate(std::string name, config::AppConfig config, const Constants& constants) {
  for (const auto& [constant, value] : constants) {
    if (auto applied = apply(config, constant, value); !applied) return std::unexpected(std::move(applied.error()));
  }
  const bool ignores_busy = !config.busy_metric.empty();
  config.busy_metric.clear();
  Result<scale::Policy> policy = control::compile_policy(config);
  if (!policy) return std::unexpected(std::move(policy.error()));
  if (auto numbers = refuse_series(*policy); !numbers) return std::unexpected(std::move(numbers.error()));
  return CandidatePolicy{.name = std::move(name),
                         .policy = std::move(*policy),
                         .regions = config.regions,
                         .launches = config.initial_machine_state == config::InitialState::kStarted,
                         .suspends = config.stop_method == config::StopMethod::kSuspend,
                         .ignores_busy = ignores_busy};
}

CandidatePolicy fixed_candidate(int count) {
  const scale::ExpressionText text{.text = std::to_string(count), .where = "-fixed"};
  scale::PolicyText policy;
  policy.counts.min_started = text;
  policy.counts.max_started = text;
  return {.name = fmt::format("fixed {}", count),
          .policy = std::move(*scale::Policy::compile(policy, {}, {})),
          .fixed = count};
}

}  // namespace fas::backtest
