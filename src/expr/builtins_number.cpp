// Functions on numbers, conversions, and type().
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/number_text.h"
#include "expr/arithmetic.h"
#include "expr/builtin.h"
#include "expr/value_text.h"

namespace fas::expr {
namespace {

using Arguments = std::span<const Value>;

[[noreturn]] void fail_kind(std::string_view name, const Value& value) {
  fail_run(fmt::format("invalid argument for {} (type {})", name, kind_name(value.kind())));
}

// ---------------------------------------------------------------- types

bool int_like(Type type) {  // what is an integer underneath
  return type.is_number() || type.is(TypeKind::kDuration) || type.is(TypeKind::kMonth) || type.is(TypeKind::kWeekday);
}

void check_number(const CheckCall& call) {
  call.expect_count(1, 1);
  const Type type = call.arguments[0];
  if (int_like(type) || type.is_unknown()) return;
  call.fail(fmt::format("invalid argument for {} (type {})", call.name, type_name(type)));
}

Type check_same(const CheckCall& call) {
  check_number(call);
  return call.arguments[0];
}

Type check_rounding(const CheckCall& call) {
  check_number(call);
  return TypeKind::kFloat;
}

template <TypeKind kResult>
Type check_conversion(const CheckCall& call) {
  call.expect_count(1, 1);
  const Type type = call.arguments[0];
  if (!int_like(type) && !type.is_unknown() && !type.is(TypeKind::kString)) {
    call.fail(fmt::format("invalid argument for {} (type {})", call.name, type_name(type)));
  }
  return kResult;
}

// One or more numbers, arrays of them, arrays of arrays ...
Type check_numbers(const CheckCall& call) {
  if (call.arguments.empty()) call.fail(fmt::format("not enough arguments to call {}", call.name));
  for (const Type type : call.arguments) {
    // Behind the first of these the reference looks no further.
    if (type.is_unknown() || type.is(TypeKind::kArray)) return Type::any();
    if (!int_like(type)) call.fail(fmt::format("invalid argument for {} (type {})", call.name, type_name(type)));
  }
  return call.arguments[0];
}

// ---------------------------------------------------------------- rounding

template <double (*F)(double)>
double round_with(std::string_view name, const Value& value) {
  if (!value.is_number()) fail_kind(name, value);
  return F(value.to_float());
}

Value run_ceil(Context&, Arguments arguments) { return Value::number(round_with<std::ceil>("ceil", arguments[0])); }
Value run_floor(Context&, Arguments arguments) { return Value::number(round_with<std::floor>("floor", arguments[0])); }
Value run_round(Context&, Arguments arguments) { return Value::number(round_with<std::round>("round", arguments[0])); }

Value run_abs(Context&, Arguments arguments) {
  const Value& value = arguments[0];
  if (value.is_float()) return Value::number(std::fabs(value.as_float()));
  if (value.is_int()) return value.as_int() < 0 ? negate(value) : value;
  fail_kind("abs", value);
}

// ---------------------------------------------------------------- of many

// Calls use(number) for every number within the arguments, however deep in arrays.
template <class Use>
void for_each_number(std::string_view name, Context& context, Arguments values, Use&& use, int depth = 0) {
  context.spend(values.size());
  if (depth > 500) fail_run("nested too deeply");
  for (const Value& value : values) {
    if (value.is_number()) {
      use(value);
    } else if (value.is(Kind::kArray)) {
      for_each_number(name, context, value.as_array(), use, depth + 1);
    } else {
      fail_kind(name, value);
    }
  }
}

template <bool kLargest>
Value run_extreme(Context& context, Arguments arguments) {
  constexpr std::string_view kName = kLargest ? "max" : "min";
  // The only argument's own value is the result, whatever it is.
  if (arguments.size() == 1 && !arguments[0].is(Kind::kArray)) return arguments[0];
  Value best;
  for_each_number(kName, context, arguments, [&](const Value& value) {
    if (best.is_nil() || (kLargest ? less(best, value) : less(value, best))) best = value;
  });
  return best;
}

Value run_mean(Context& context, Arguments arguments) {
  double total = 0;
  std::size_t count = 0;
  for_each_number("mean", context, arguments, [&](const Value& value) {
    total += value.to_float();
    ++count;
  });
  return Value::number(count == 0 ? 0 : total / static_cast<double>(count));
}

Value run_median(Context& context, Arguments arguments) {
  std::size_t count = 0;
  for_each_number("median", context, arguments, [&](const Value&) { ++count; });
  if (count == 0) return Value::number(0);
  const std::span<double> numbers = context.arena.array<double>(count);
  std::size_t at = 0;
  for_each_number("median", context, arguments, [&](const Value& value) { numbers[at++] = value.to_float(); });
  // NaNs first, so that the order is one.
  std::ranges::sort(numbers, [](double a, double b) { return a < b || (std::isnan(a) && !std::isnan(b)); });
  const std::size_t middle = count / 2;
  if (count % 2 == 1) return Value::number(numbers[middle]);
  return Value::number((numbers[middle - 1] + numbers[middle]) / 2);
}

// ---------------------------------------------------------------- conversions

Value run_int(Context&, Arguments arguments) {
  const Value& value = arguments[0];
  switch (value.kind()) {
    case Kind::kInt:
    case Kind::kDuration:
    case Kind::kMonth:
    case Kind::kWeekday: return Value::integer(value.as_int());
    case Kind::kFloat: return Value::integer(to_index(value));
    case Kind::kString: {
      const auto parsed = parse_int(value.as_text());
      if (!parsed) fail_run(fmt::format("invalid operation: int({})", value.as_text().substr(0, 60)));
      return Value::integer(parsed.value);
    }
    default: fail_run(fmt::format("invalid operation: int({})", kind_name(value.kind())));
  }
}

Value run_float(Context&, Arguments arguments) {
  const Value& value = arguments[0];
  if (value.is_number()) return Value::number(value.to_float());
  if (!value.is_string()) fail_run(fmt::format("invalid operation: float({})", kind_name(value.kind())));
  const auto parsed = parse_float(value.as_text());
  if (!parsed) fail_run(fmt::format("invalid operation: float({})", value.as_text().substr(0, 60)));
  return Value::number(parsed.value);
}

Value run_string(Context& context, Arguments arguments) {
  if (arguments[0].is_string()) return arguments[0];
  constexpr std::size_t kRoom = std::size_t{16} << 20;
  return Value::string(context.arena.copy(value_text(arguments[0], kRoom)));
}

Value run_type(Context&, Arguments arguments) {
  switch (arguments[0].kind()) {
    case Kind::kTime: return Value::string("time.Time");
    case Kind::kDuration: return Value::string("time.Duration");
    case Kind::kTimezone: return Value::string("time.Location");
    case Kind::kMonth: return Value::string("time.Month");
    case Kind::kWeekday: return Value::string("time.Weekday");
    case Kind::kBytes: return Value::string("array");
    default: return Value::string(kind_name(arguments[0].kind()));
  }
}

constexpr Signature kAnyToString[] = {{.parameters = {Type::any()}, .count = 1, .result = TypeKind::kString}};

constexpr Builtin kBuiltins[] = {
    {.name = "abs", .check = check_same, .run = run_abs},
    {.name = "ceil", .check = check_rounding, .run = run_ceil},
    {.name = "floor", .check = check_rounding, .run = run_floor},
    {.name = "round", .check = check_rounding, .run = run_round},
    {.name = "int", .check = check_conversion<TypeKind::kInt>, .run = run_int},
    {.name = "float", .check = check_conversion<TypeKind::kFloat>, .run = run_float},
    {.name = "string", .signatures = kAnyToString, .run = run_string},
    {.name = "type", .signatures = kAnyToString, .run = run_type},
    {.name = "min", .check = check_numbers, .run = run_extreme<false>},
    {.name = "max", .check = check_numbers, .run = run_extreme<true>},
    {.name = "mean", .check = check_numbers, .run = run_mean},
    {.name = "median", .check = check_numbers, .run = run_median},
};

}  // namespace

std::span<const Builtin> number_builtins() { return kBuiltins; }

}  // namespace fas::expr
