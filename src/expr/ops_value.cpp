// Operators on values whose kinds show only when they are there. Numbers are dealt with here, the rest in
// arithmetic.cpp.
#include <cmath>

#include "expr/arithmetic.h"
#include "expr/operand.h"

namespace fas::expr {
namespace {

constexpr std::uint32_t kShort = 4'096;  // bytes of a text whose comparison is not worth counting

struct SymbolOp : BinaryOp {
  Symbol symbol = Symbol::kNone;
};

[[gnu::noinline]] Value compute(const Op* op, Symbol symbol, const Value& a, const Value& b, Frame& frame) {
  return placed(op, [&] {
    switch (symbol) {
      case Symbol::kPlus: return add(a, b, frame.arena);
      case Symbol::kMinus: return subtract(a, b, frame.arena);
      case Symbol::kTimes: return multiply(a, b);
      case Symbol::kDivide: return divide(a, b);
      case Symbol::kModulo: return modulo(a, b);
      default: return power(a, b);
    }
  });
}

struct ArithmeticOp : Op {
  const Op* left = nullptr;
  Operand right;
};

template <Symbol S, Operand::Kind K>
Value run_arithmetic(const Op* op, Frame& frame) {
  const auto& two = as<ArithmeticOp>(op);
  const Value a = two.left->run(two.left, frame);
  Value made;
  const Value& b = read<K>(two.right, frame, made);
  if (a.is_number() && b.is_number() && (a.is_float() || b.is_float())) {
    const double x = a.to_float();
    const double y = b.to_float();
    if constexpr (S == Symbol::kPlus) return Value::number(x + y);
    if constexpr (S == Symbol::kMinus) return Value::number(x - y);
    if constexpr (S == Symbol::kTimes) return Value::number(x * y);
    if constexpr (S == Symbol::kDivide) return Value::number(x / y);
  }
  return compute(op, S, a, b, frame);
}

[[gnu::noinline]] bool order(const Op* op, Symbol symbol, const Value& a, const Value& b) {
  return placed(op, [&] { return ordered(symbol, a, b); });
}

template <Symbol S, class T>
bool compare(T x, T y) {
  if constexpr (S == Symbol::kLess) return x < y;
  if constexpr (S == Symbol::kGreater) return x > y;
  if constexpr (S == Symbol::kLessEqual) return x <= y;
  return x >= y;
}

template <Symbol S>
bool compare_values(const Op* op, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_int() && b.is_int()) return compare<S>(a.as_int(), b.as_int());
    return compare<S>(a.to_float(), b.to_float());
  }
  return order(op, S, a, b);
}

template <Symbol S>
bool run_comparison(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value a = two.left->run(two.left, frame);
  return compare_values<S>(op, a, two.right->run(two.right, frame));
}

struct ConstantRightOp : Op {
  Operand left;
  Value right;
};

template <Symbol S, Operand::Kind K>
bool run_comparison_constant(const Op* op, Frame& frame) {
  const auto& one = as<ConstantRightOp>(op);
  Value made;
  return compare_values<S>(op, read<K>(one.left, frame, made), one.right);
}

inline bool equal_quickly(const Op* op, const Value& a, const Value& b, Frame& frame) {
  if (a.is_string() && b.is_string() && a.size() < kShort) {
    return a.size() == b.size() && same_text(a.as_text().data(), b.as_text().data(), a.size());
  }
  return placed(op, [&] { return equal(a, b, frame.context); });
}

template <bool kNegated>
bool run_equality(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value a = two.left->run(two.left, frame);
  return equal_quickly(op, a, two.right->run(two.right, frame), frame) != kNegated;
}

template <bool kNegated, Operand::Kind K>
bool run_equality_constant(const Op* op, Frame& frame) {
  const auto& one = as<ConstantRightOp>(op);
  Value made;
  return equal_quickly(op, read<K>(one.left, frame, made), one.right, frame) != kNegated;
}

bool run_in(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value a = two.left->run(two.left, frame);
  const Value b = two.right->run(two.right, frame);
  return placed(op, [&] { return contained(a, b, frame.context); });
}

template <bool kMinus>
Value run_negation(const Op* op, Frame& frame) {
  const Op* operand = as<UnaryOp>(op).operand;
  const Value value = operand->run(operand, frame);
  if (value.is_float()) return Value::number(kMinus ? -value.as_float() : value.as_float());
  return placed(op, [&] { return kMinus ? negate(value) : positive(value); });
}

template <bool kLargest>
Value run_extreme(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value a = two.left->run(two.left, frame);
  const Value b = two.right->run(two.right, frame);
  // The first of equals stays; a NaN neither replaces nor is replaced.
  const bool second = kLargest ? compare_values<Symbol::kLess>(op, a, b) : compare_values<Symbol::kGreater>(op, a, b);
  return second ? b : a;
}

template <class T>
T* operands(T* op, const Op* left, const Op* right) {
  op->left = left;
  op->right = right;
  return op;
}

template <class Choose>
Op* make_with_constant(Site site, const Op* left, const Value& constant, Choose&& choose) {
  const Operand operand = operand_of(left);
  auto* op = new_bool_op<ConstantRightOp>(site, choose(operand));
  op->left = operand;
  op->right = constant;
  return op;
}

template <Symbol S>
Op* make_compare(Site site, const Op* left, const Op* right) {
  if (const Value* constant = constant_of(right)) {
    return make_with_constant(site, left, *constant, [](const Operand& operand) {
      return with_kind(operand, []<Operand::Kind K> { return Op::RunBool(run_comparison_constant<S, K>); });
    });
  }
  return operands(new_bool_op<BinaryOp>(site, run_comparison<S>), left, right);
}

}  // namespace

Op* make_arithmetic(Site site, Symbol symbol, const Op* left, const Op* right) {
  const Operand operand = operand_of(right);
  const auto make = [&]<Symbol S> -> Op* {
    const auto run = with_kind(operand, []<Operand::Kind K> { return Op::Run(run_arithmetic<S, K>); });
    auto* op = new_value_op<ArithmeticOp>(site, run);
    op->left = left;
    op->right = operand;
    return op;
  };
  switch (symbol) {
    case Symbol::kPlus: return make.operator()<Symbol::kPlus>();
    case Symbol::kMinus: return make.operator()<Symbol::kMinus>();
    case Symbol::kTimes: return make.operator()<Symbol::kTimes>();
    case Symbol::kDivide: return make.operator()<Symbol::kDivide>();
    case Symbol::kModulo: return make.operator()<Symbol::kModulo>();
    default: return make.operator()<Symbol::kPower>();
  }
}

Op* make_comparison(Site site, Symbol symbol, const Op* left, const Op* right) {
  switch (symbol) {
    case Symbol::kLess: return make_compare<Symbol::kLess>(site, left, right);
    case Symbol::kGreater: return make_compare<Symbol::kGreater>(site, left, right);
    case Symbol::kLessEqual: return make_compare<Symbol::kLessEqual>(site, left, right);
    default: return make_compare<Symbol::kGreaterEqual>(site, left, right);
  }
}

Op* make_equality(Site site, bool negated, const Op* left, const Op* right) {
  if (const Value* constant = constant_of(right)) {
    return make_with_constant(site, left, *constant, [negated](const Operand& operand) {
      return with_kind(operand, [negated]<Operand::Kind K> {
        return negated ? Op::RunBool(run_equality_constant<true, K>) : Op::RunBool(run_equality_constant<false, K>);
      });
    });
  }
  return operands(new_bool_op<BinaryOp>(site, negated ? run_equality<true> : run_equality<false>), left, right);
}

Op* make_in(Site site, const Op* left, const Op* right) {
  return operands(new_bool_op<BinaryOp>(site, run_in), left, right);
}

Op* make_negation(Site site, Symbol symbol, const Op* operand) {
  auto* op = new_value_op<UnaryOp>(site, symbol == Symbol::kMinus ? run_negation<true> : run_negation<false>);
  op->operand = operand;
  return op;
}

Op* make_extreme(Site site, bool largest, const Op* left, const Op* right) {
  return operands(new_value_op<BinaryOp>(site, largest ? run_extreme<true> : run_extreme<false>), left, right);
}

}  // namespace fas::expr
