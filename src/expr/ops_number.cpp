// Arithmetic and comparison of numbers whose kinds the checker knows: on doubles, without a Value in between.
#include <fmt/format.h>

#include <cmath>

#include "expr/operand.h"
#include "expr/power.h"

namespace fas::expr {
namespace {

struct ConstantRightOp : Op {
  Operand left;
  double right = 0;
};

struct Plus {
  static double of(double a, double b) { return a + b; }
};
struct Minus {
  static double of(double a, double b) { return a - b; }
};
struct Times {
  static double of(double a, double b) { return a * b; }
};
struct Divide {
  static double of(double a, double b) { return a / b; }
};
struct Power {
  static double of(double a, double b) { return power_of(a, b); }
};
struct Less {
  static bool of(double a, double b) { return a < b; }
};
struct Greater {
  static bool of(double a, double b) { return a > b; }
};
struct LessEqual {
  static bool of(double a, double b) { return a <= b; }
};
struct GreaterEqual {
  static bool of(double a, double b) { return a >= b; }
};
struct Equal {
  static bool of(double a, double b) { return a == b; }
};
struct NotEqual {
  static bool of(double a, double b) { return a != b; }
};

template <class F>
auto run_two(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const double left = two.left->run_float(two.left, frame);
  return F::of(left, two.right->run_float(two.right, frame));
}

template <class F, bool kSlot>
auto run_with_constant(const Op* op, Frame& frame) {
  const auto& one = as<ConstantRightOp>(op);
  if constexpr (kSlot) {
    const Value& value = frame.slots[one.left.slot];
    if (value.is_float()) return F::of(value.as_float(), one.right);
  }
  return F::of(one.left.op->run_float(one.left.op, frame), one.right);
}

const Value* number_constant(const Op* op) {
  const Value* value = constant_of(op);
  return value != nullptr && value->is_number() ? value : nullptr;
}

template <class F>
Op* make_two(Site site, const Op* left, const Op* right) {
  constexpr bool kFloat = std::is_same_v<decltype(F::of(0, 0)), double>;
  if (const Value* constant = number_constant(right)) {
    const Operand operand = operand_of(left);
    const auto run = operand.kind == Operand::Kind::kSlot ? run_with_constant<F, true> : run_with_constant<F, false>;
    ConstantRightOp* op = nullptr;
    if constexpr (kFloat) {
      op = new_float_op<ConstantRightOp>(site, run);
    } else {
      op = new_bool_op<ConstantRightOp>(site, run);
    }
    op->left = operand;
    op->right = constant->to_float();
    return op;
  }
  BinaryOp* op = nullptr;
  if constexpr (kFloat) {
    op = new_float_op<BinaryOp>(site, run_two<F>);
  } else {
    op = new_bool_op<BinaryOp>(site, run_two<F>);
  }
  op->left = left;
  op->right = right;
  return op;
}

template <double (*F)(double)>
double run_function(const Op* op, Frame& frame) {
  const Op* operand = as<UnaryOp>(op).operand;
  return F(operand->run_float(operand, frame));
}

struct RequireOp : UnaryOp {
  std::string_view function;  // of the builtins' table
};

double run_require(const Op* op, Frame& frame) {
  const auto& require = as<RequireOp>(op);
  const Value value = require.operand->run(require.operand, frame);
  if (value.is_number()) return value.to_float();
  if (require.function.empty()) fail_at(op, fmt::format("invalid operation: float({})", kind_name(value.kind())));
  fail_at(op, fmt::format("invalid argument for {} (type {})", require.function, kind_name(value.kind())));
}

double ceil_of(double x) { return std::ceil(x); }
double floor_of(double x) { return std::floor(x); }
double round_of(double x) { return std::round(x); }
double abs_of(double x) { return std::fabs(x); }
double minus_of(double x) { return -x; }
double same(double x) { return x; }

Op* make_one(Site site, Op::RunFloat run, const Op* operand) {
  auto* op = new_float_op<UnaryOp>(site, run);
  op->operand = operand;
  return op;
}

}  // namespace

Op* make_float_arithmetic(Site site, Symbol symbol, const Op* left, const Op* right) {
  switch (symbol) {
    case Symbol::kPlus: return make_two<Plus>(site, left, right);
    case Symbol::kMinus: return make_two<Minus>(site, left, right);
    case Symbol::kTimes: return make_two<Times>(site, left, right);
    case Symbol::kDivide: return make_two<Divide>(site, left, right);
    default: return make_two<Power>(site, left, right);
  }
}

Op* make_float_comparison(Site site, Symbol symbol, const Op* left, const Op* right) {
  switch (symbol) {
    case Symbol::kLess: return make_two<Less>(site, left, right);
    case Symbol::kGreater: return make_two<Greater>(site, left, right);
    case Symbol::kLessEqual: return make_two<LessEqual>(site, left, right);
    case Symbol::kGreaterEqual: return make_two<GreaterEqual>(site, left, right);
    case Symbol::kEqual: return make_two<Equal>(site, left, right);
    default: return make_two<NotEqual>(site, left, right);
  }
}

Op* make_float_negation(Site site, const Op* operand) { return make_one(site, run_function<minus_of>, operand); }

Op* make_float_function(Site site, FloatFunction function, const Op* operand) {
  switch (function) {
    case FloatFunction::kCeil: return make_one(site, run_function<ceil_of>, operand);
    case FloatFunction::kFloor: return make_one(site, run_function<floor_of>, operand);
    case FloatFunction::kRound: return make_one(site, run_function<round_of>, operand);
    default: return make_one(site, run_function<abs_of>, operand);
  }
}

bool gives_number(const Op* op) { return op->run_float != float_by_value || number_constant(op) != nullptr; }

Op* make_require_float(Site site, const Op* operand, std::string_view function) {
  if (gives_number(operand)) return const_cast<Op*>(operand);
  auto* op = new_float_op<RequireOp>(site, run_require);
  op->operand = operand;
  op->function = function;
  return op;
}

Op* make_float_cast(Site site, const Op* operand) { return make_one(site, run_function<same>, operand); }

}  // namespace fas::expr
