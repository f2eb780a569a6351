// For the factories of operations.
#pragma once

#include "expr/ops.h"

namespace fas::expr {

// An operation whose result is a Value of any kind, a float, or a bool; the other functions go by way of that one.
template <class T>
T* new_value_op(Site site, Op::Run run) {
  T* op = site.arena.make<T>();
  op->run = run;
  op->run_float = float_by_value;
  op->run_bool = bool_by_value;
  op->offset = site.offset;
  return op;
}

template <class T>
T* new_float_op(Site site, Op::RunFloat run) {
  T* op = site.arena.make<T>();
  op->run = value_by_float;
  op->run_float = run;
  op->run_bool = bool_by_value;
  op->offset = site.offset;
  return op;
}

template <class T>
T* new_bool_op(Site site, Op::RunBool run) {
  T* op = site.arena.make<T>();
  op->run = value_by_bool;
  op->run_float = float_by_value;
  op->run_bool = run;
  op->offset = site.offset;
  return op;
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
