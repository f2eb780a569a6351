// Calls of builtins and methods.
#include <fmt/format.h>

#include "expr/arithmetic.h"
#include "expr/op_new.h"

namespace fas::expr {
namespace {

struct CallOp : Op {
  RunFunction function = nullptr;
  std::span<const Op* const> arguments;
};
struct DynamicCallOp : Op {
  const Op* function = nullptr;
  std::span<const Op* const> arguments;
};

constexpr std::size_t kFew = 4;

// Most functions go through a text that they are given.
void count_texts(std::span<const Value> values, Context& context) {
  constexpr std::uint32_t kShort = 1'024;
  constexpr std::uint32_t kBytesOfStep = 32;
  for (const Value& value : values) {
    const bool text = value.is_string() || value.is(Kind::kBytes);
    if (text && value.size() > kShort) context.spend(value.size() / kBytesOfStep);
  }
}

Value run_few(const Op* op, Frame& frame) {
  const auto& call = as<CallOp>(op);
  Value values[kFew];
  const std::size_t count = call.arguments.size();
  for (std::size_t i = 0; i < count; ++i) values[i] = call.arguments[i]->run(call.arguments[i], frame);
  return placed(op, [&] {
    count_texts({values, count}, frame.context);
    return call.function(frame.context, {values, count});
  });
}

Value run_many(const Op* op, Frame& frame) {
  const auto& call = as<CallOp>(op);
  const std::span<Value> values = placed(op, [&] { return frame.arena.array<Value>(call.arguments.size()); });
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = call.arguments[i]->run(call.arguments[i], frame);
  return placed(op, [&] {
    count_texts(values, frame.context);
    return call.function(frame.context, values);
  });
}

Value run_dynamic(const Op* op, Frame& frame) {
  const auto& call = as<DynamicCallOp>(op);
  const std::span<Value> values = placed(op, [&] { return frame.arena.array<Value>(call.arguments.size() + 1); });
  for (std::size_t i = 1; i < values.size(); ++i) values[i] = call.arguments[i - 1]->run(call.arguments[i - 1], frame);
  const Value function = call.function->run(call.function, frame);
  if (!function.is(Kind::kFunction)) fail_at(op, fmt::format("cannot call {}", kind_name(function.kind())));
  const Function& bound = function.as_function();
  const Signature& signature = bound.method->signature;
  const bool fits = signature.variadic ? values.size() + 1 >= signature.count : values.size() == signature.count;
  if (!fits) fail_at(op, fmt::format("wrong number of arguments to call {}", bound.method->name));
  values[0] = bound.receiver;
  return placed(op, [&] { return bound.method->run(frame.context, values); });
}

Op* make_call(Site site, RunFunction function, std::span<const Op* const> arguments) {
  auto* op = new_value_op<CallOp>(site, arguments.size() <= kFew ? run_few : run_many);
  op->function = function;
  op->arguments = arguments;
  return op;
}

}  // namespace

Op* make_builtin_call(Site site, const Builtin& builtin, std::span<const Op* const> arguments) {
  return make_call(site, builtin.run, arguments);
}

Op* make_method_call(Site site, const Method& method, std::span<const Op* const> receiver_and_arguments) {
  return make_call(site, method.run, receiver_and_arguments);
}

Op* make_dynamic_call(Site site, const Op* function, std::span<const Op* const> arguments) {
  auto* op = new_value_op<DynamicCallOp>(site, run_dynamic);
  op->function = function;
  op->arguments = arguments;
  return op;
}

}  // namespace fas::expr
