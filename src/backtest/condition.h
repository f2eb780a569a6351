// What makes a backtest a test: an expression over the numbers of a result, as in `slo > 0.01 || cost > 50`.
#pragma once

#include <string>

#include "backtest/replay.h"
#include "base/error.h"
#include "expr/expr.h"

namespace fas::backtest {

// hours, machine_hours, cost, peak, events, moves, slo, wait_p50, wait_p95, wait_max, queue_max, jobs, waiting.
class Condition {
 public:
  // Errors: kInvalid with the place in the text; a text that yields no bool.
  static Result<Condition> compile(const std::string& text);

  // Errors: a number that it uses is not known, as waits in an open loop; a failure of the expression.
  Result<bool> holds(const Outline& outline) const;

  // "slo = 0.034, cost = 12": the numbers that it uses.
  std::string values(const Outline& outline) const;

 private:
  explicit Condition(expr::Program program) : program_(std::move(program)) {}
  expr::Program program_;
};

}  // namespace fas::backtest
