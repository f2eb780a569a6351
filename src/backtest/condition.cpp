#include "backtest/condition.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/number_text.h"

namespace fas::backtest {
namespace {

struct Number {
  std::string_view name;
  std::optional<double> (*of)(const Outline& outline);
};

constexpr std::array kNumbers = {
    Number{"hours", [](const Outline& o) { return std::optional(o.hours); }},
    Number{"machine_hours", [](const Outline& o) { return std::optional(o.machine_hours); }},
    Number{"cost", [](const Outline& o) { return std::optional(o.cost); }},
    Number{"peak", [](const Outline& o) { return std::optional<double>(o.peak); }},
    Number{"events", [](const Outline& o) { return std::optional<double>(o.events); }},
    Number{"moves", [](const Outline& o) { return std::optional<double>(o.moves); }},
    Number{"slo", [](const Outline& o) { return o.slo; }},
    Number{"wait_p50", [](const Outline& o) { return o.wait_p50; }},
    Number{"wait_p95", [](const Outline& o) { return o.wait_p95; }},
    Number{"wait_max", [](const Outline& o) { return o.wait_max; }},
    Number{"queue_max", [](const Outline& o) { return o.queue_max; }},
    Number{"jobs",
           [](const Outline& o) { return o.closed ? std::optional(static_cast<double>(o.jobs)) : std::nullopt; }},
    Number{"waiting",
           [](const Outline& o) { return o.closed ? std::optional(static_cast<double>(o.waiting)) : std::nullopt; }},
};

}  // namespace

Result<Condition> Condition::compile(const std::string& text) {
  expr::Schema schema;
  for (const Number& number : kNumbers) schema.add(number.name, expr::TypeKind::kFloat);
  auto program = expr::compile(text, schema);
  if (!program) return fail(ErrorKind::kInvalid, "-fail-if: " + expr::to_string(program.error()));
  return Condition(std::move(*program));
}

Result<bool> Condition::holds(const Outline& outline) const {
  std::vector<expr::Value> values;
  values.reserve(kNumbers.size());
  for (const Number& number : kNumbers) values.push_back(expr::Value::number(number.of(outline).value_or(0)));
  for (const std::uint32_t slot : program_.used_slots()) {
    if (kNumbers.at(slot).of(outline)) continue;
    return fail(
        ErrorKind::kInvalid,
        fmt::format("-fail-if uses {}, which this backtest does not know: waits need -closed, slo needs -closed "
                    "or -service-rate",
                    kNumbers.at(slot).name));
  }
  expr::Machine machine;
  const auto result = machine.run(program_, values);
  if (!result) return fail(ErrorKind::kInvalid, "-fail-if: " + expr::to_string(result.error()));
  if (result->is(expr::Kind::kBool)) return result->as_bool();
  return fail(ErrorKind::kInvalid, fmt::format("-fail-if is to yield true or false, as in slo > 0.01, and yields {}",
                                               expr::kind_name(result->kind())));
}

std::string Condition::values(const Outline& outline) const {
  std::string text;
  for (const std::uint32_t slot : program_.used_slots()) {
    const auto value = kNumbers.at(slot).of(outline);
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", kNumbers.at(slot).name,
                        value ? format_float(*value) : "unknown");
  }
  return text;
}

}  // namespace fas::backtest
