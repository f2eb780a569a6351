#include "sim/faults.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

#include "base/text.h"
#include "sim/number.h"

namespace fas::sim {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 13> kNames = {
    "error_before", "error_after", "reset_before", "reset_after", "rate_limited", "hang", "hang_after",
    "slow",         "html",        "truncated",    "wrong_types", "brackets",     "empty"};

bool concerns(const FaultRule& rule, const Route& route) {
  const bool own = route.action == Action::kControl || route.action == Action::kMetrics;
  const bool action = rule.action == "*" ? !own : rule.action == to_string(route.action);
  return action && (rule.app == "*" || matches_wildcard(rule.app, route.app));
}

}  // namespace

std::string_view to_string(FaultKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<FaultKind> parse_fault_kind(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<FaultKind>(i);
  }
  return std::nullopt;
}

Result<FaultRule> FaultRule::parse(std::string_view text) {
  FaultRule rule;
  const std::size_t equals = text.find('=');
  const std::string_view head = text.substr(0, equals);
  const std::size_t colon = head.find(':');
  const auto kind = parse_fault_kind(head.substr(0, colon));
  const auto rate = parse_number(equals == std::string_view::npos ? "" : text.substr(equals + 1));
  if (!kind || !rate || *rate < 0 || *rate > 1) {
    return fail(
        ErrorKind::kInvalid,
        fmt::format("fault \"{}\": want KIND=RATE or KIND:ACTION=RATE with a rate from 0 to 1; the kinds are {}", text,
                    fmt::join(kNames, ", ")));
  }
  rule.kind = *kind;
  rule.rate = *rate;
  if (colon != std::string_view::npos) rule.action = head.substr(colon + 1);
  return rule;
}

void Faults::add_mix(double rate) {
  using enum FaultKind;
  constexpr std::array kMix = {kErrorBefore, kErrorAfter, kResetBefore, kResetAfter, kRateLimited};
  if (rate <= 0) return;
  for (const FaultKind kind : kMix) add({.kind = kind, .rate = rate / kMix.size()});
}

std::optional<FaultRule> Faults::draw(const Route& route) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    FaultRule& rule = rules_[i];
    if (!concerns(rule, route) || (rule.rate < 1 && !random_.chance(rule.rate))) continue;
    FaultRule struck = rule;
    if (rule.count > 0) --rule.count;
    if (rule.count == 0) rules_.erase(rules_.begin() + static_cast<std::ptrdiff_t>(i));
    return struck;
  }
  return std::nullopt;
}

}  // namespace fas::sim
