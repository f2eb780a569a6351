// For the factories of operations.
#pragma once

#include "expr/ops.h"

namespace fas::expr {

// An operation with its three functions.
template <class T>
T* new_op(Site site, Op::Run run, Op::RunFloat run_float, Op::RunBool run_bool) {
  T* op = site.arena.make<T>();
  op->run = run;
  op->run_float = run_float;
  op->run_bool = run_bool;
  op->offset = site.offset;
  return op;
}

// An operation whose result is a Value of any kind, a float, or a bool; the other functions go by way of that one.
template <class T>
T* new_value_op(Site site, Op::Run run) {
  return new_op<T>(site, run, float_by_value, bool_by_value);
}
template <class T>
T* new_float_op(Site site, Op::RunFloat run) {
  return new_op<T>(site, value_by_float, run, bool_by_value);
}
template <class T>
T* new_bool_op(Site site, Op::RunBool run) {
  return new_op<T>(site, value_by_bool, float_by_value, run);
}

template <class T>
const T& as(const Op* op) {
  return *static_cast<const T*>(op);
}

// Runs a function that fails without a place, at this operation's place.
template <class F>
auto placed(const Op* op, F&& function) {
  try {
    return function();
  } catch (RunFailure& failure) {
    if (failure.offset == kNoOffset) failure.offset = op->offset;
    throw;
  }
}

}  // namespace fas::expr
