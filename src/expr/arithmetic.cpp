#include "expr/arithmetic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "expr/arena.h"
#include "expr/builtin.h"
#include "expr/map.h"
#include "expr/power.h"

namespace fas::expr {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

// Two's complement, as Go has it, instead of undefined behaviour.
std::int64_t wrap(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t bits(const Value& value) { return static_cast<std::uint64_t>(value.as_int()); }

bool both(const Value& a, const Value& b, Kind kind) { return a.is(kind) && b.is(kind); }
bool both_numbers(const Value& a, const Value& b) { return a.is_number() && b.is_number(); }

Time shift(const Time& time, std::int64_t nanoseconds) {
  std::int64_t seconds = nanoseconds / kNanosecondsPerSecond;
  std::int64_t rest = nanoseconds % kNanosecondsPerSecond + time.nanoseconds;
  if (rest < 0) {
    rest += kNanosecondsPerSecond;
    --seconds;
  } else if (rest >= kNanosecondsPerSecond) {
    rest -= kNanosecondsPerSecond;
    ++seconds;
  }
  const auto total = static_cast<std::uint64_t>(time.seconds) + static_cast<std::uint64_t>(seconds);
  return {static_cast<std::int64_t>(total), static_cast<std::int32_t>(rest), time.zone};
}

std::int64_t between(const Time& later, const Time& earlier) {
  std::int64_t seconds = 0;
  std::int64_t result = 0;
  const bool overflow = __builtin_sub_overflow(later.seconds, earlier.seconds, &seconds) ||
                        __builtin_mul_overflow(seconds, kNanosecondsPerSecond, &result) ||
                        __builtin_add_overflow(result, later.nanoseconds - earlier.nanoseconds, &result);
  if (!overflow) return result;
  return later.seconds < earlier.seconds ? std::numeric_limits<std::int64_t>::min()
                                         : std::numeric_limits<std::int64_t>::max();
}

bool time_less(const Time& a, const Time& b) {
  return a.seconds != b.seconds ? a.seconds < b.seconds : a.nanoseconds < b.nanoseconds;
}

template <class T>
bool compare(Symbol symbol, const T& a, const T& b) {
  switch (symbol) {
    case Symbol::kLess: return a < b;
    case Symbol::kGreater: return a > b;
    case Symbol::kLessEqual: return a <= b;
    default: return a >= b;
  }
}

}  // namespace

void fail_operation(std::string_view operation, const Value& a, const Value& b) {
  fail_run(fmt::format("invalid operation: {} {} {}", kind_name(a.kind()), operation, kind_name(b.kind())));
}

double to_float(const Value& value) {
  if (!value.is_number()) fail_run(fmt::format("invalid operation: float({})", kind_name(value.kind())));
  return value.to_float();
}

std::int64_t to_index(const Value& value) {
  if (value.is_int()) return value.as_int();
  if (value.is_float()) {
    const double number = value.as_float();
    if (number >= -9.2e18 && number <= 9.2e18) return static_cast<std::int64_t>(number);
    return std::numeric_limits<std::int64_t>::min();
  }
  fail_run(fmt::format("invalid operation: int({})", kind_name(value.kind())));
}

Value add(const Value& a, const Value& b, Arena& arena) {
  if (both(a, b, Kind::kInt)) return Value::integer(wrap(bits(a) + bits(b)));
  if (both_numbers(a, b)) return Value::number(a.to_float() + b.to_float());
  if (both(a, b, Kind::kString)) {
    const std::string_view x = a.as_text();
    const std::string_view y = b.as_text();
    if (x.size() + y.size() > UINT32_MAX) fail_run("memory budget exceeded");
    char* to = static_cast<char*>(arena.allocate(x.size() + y.size()));
    if (!x.empty()) std::memcpy(to, x.data(), x.size());
    if (!y.empty()) std::memcpy(to + x.size(), y.data(), y.size());
    return Value::string({to, x.size() + y.size()});
  }
  if (both(a, b, Kind::kDuration)) return Value::duration(wrap(bits(a) + bits(b)));
  if (a.is(Kind::kTime) && b.is(Kind::kDuration)) return Value::time(arena, shift(a.as_time(), b.as_int()));
  if (a.is(Kind::kDuration) && b.is(Kind::kTime)) return Value::time(arena, shift(b.as_time(), a.as_int()));
  fail_operation("+", a, b);
}

Value subtract(const Value& a, const Value& b, Arena& arena) {
  if (both(a, b, Kind::kInt)) return Value::integer(wrap(bits(a) - bits(b)));
  if (both_numbers(a, b)) return Value::number(a.to_float() - b.to_float());
  if (both(a, b, Kind::kDuration)) return Value::duration(wrap(bits(a) - bits(b)));
  if (both(a, b, Kind::kTime)) return Value::duration(between(a.as_time(), b.as_time()));
  if (a.is(Kind::kTime) && b.is(Kind::kDuration)) {
    return Value::time(arena, shift(a.as_time(), wrap(0 - bits(b))));
  }
  fail_operation("-", a, b);
}

Value multiply(const Value& a, const Value& b) {
  if (both(a, b, Kind::kInt)) return Value::integer(wrap(bits(a) * bits(b)));
  if (both_numbers(a, b)) return Value::number(a.to_float() * b.to_float());
  if (both(a, b, Kind::kDuration)) return Value::duration(wrap(bits(a) * bits(b)));
  const bool left = a.is(Kind::kDuration);
  if (left || b.is(Kind::kDuration)) {
    const Value& factor = left ? b : a;
    const Value& duration = left ? a : b;
    if (factor.is_int()) return Value::duration(wrap(bits(a) * bits(b)));
    if (factor.is_float()) return Value::number(static_cast<double>(duration.as_int()) * factor.as_float());
  }
  fail_operation("*", a, b);
}

Value divide(const Value& a, const Value& b) {
  if (both_numbers(a, b)) return Value::number(a.to_float() / b.to_float());
  fail_operation("/", a, b);
}

Value modulo(const Value& a, const Value& b) {
  if (!both(a, b, Kind::kInt)) fail_operation("%", a, b);
  if (b.as_int() == 0) fail_run("integer divide by zero");
  if (b.as_int() == -1) return Value::integer(0);
  return Value::integer(a.as_int() % b.as_int());
}

Value power(const Value& a, const Value& b) { return Value::number(power_of(to_float(a), to_float(b))); }

Value negate(const Value& a) {
  if (a.is_int()) return Value::integer(wrap(0 - bits(a)));
  if (a.is_float()) return Value::number(-a.as_float());
  fail_run(fmt::format("invalid operation: - {}", kind_name(a.kind())));
}

Value positive(const Value& a) {
  if (a.is_number()) return a;
  fail_run(fmt::format("invalid operation: + {}", kind_name(a.kind())));
}

bool ordered(Symbol symbol, const Value& a, const Value& b) {
  if (both(a, b, Kind::kInt) || both(a, b, Kind::kDuration)) return compare(symbol, a.as_int(), b.as_int());
  if (both_numbers(a, b)) return compare(symbol, a.to_float(), b.to_float());
  if (both(a, b, Kind::kString)) return compare(symbol, a.as_text(), b.as_text());
  if (both(a, b, Kind::kTime)) {
    const Time& x = a.as_time();
    const Time& y = b.as_time();
    switch (symbol) {
      case Symbol::kLess: return time_less(x, y);
      case Symbol::kGreater: return time_less(y, x);
      case Symbol::kLessEqual: return !time_less(y, x);
      default: return !time_less(x, y);
    }
  }
  fail_operation(spelling(symbol), a, b);
}

bool less(const Value& a, const Value& b) { return ordered(Symbol::kLess, a, b); }

bool contained(const Value& a, const Value& b, Context& context) {
  switch (b.kind()) {
    case Kind::kNil: return false;
    case Kind::kArray:
      context.spend(b.size());
      for (const Value& element : b.as_array()) {
        if (equal(element, a, context)) return true;
      }
      return false;
    case Kind::kMap:
      if (a.is_nil()) return false;
      if (b.as_map().has_text_keys() && !a.is_string()) {
        fail_run(fmt::format("cannot use {} as a key of a map, whose keys are strings", kind_name(a.kind())));
      }
      return b.as_map().find(a.as_key()) != nullptr;
    default: fail_run(fmt::format("operator in is not defined on {}", kind_name(b.kind())));
  }
}

namespace {

[[noreturn]] void fail_fetch(const Value& object, const Value& key) {
  const std::string name = key.is_string() ? std::string(key.as_text().substr(0, 60))
                           : key.is_int()  ? std::to_string(key.as_int())
                                           : std::string(kind_name(key.kind()));
  fail_run(fmt::format("cannot fetch {} from {}", name, kind_name(object.kind())));
}

std::size_t checked_index(const Value& key, std::size_t size) {
  const std::int64_t given = to_index(key);
  const std::int64_t index = given < 0 ? given + static_cast<std::int64_t>(size) : given;
  if (index < 0 || index >= static_cast<std::int64_t>(size)) {
    fail_run(fmt::format("index out of range: {} (array length is {})", index, size));
  }
  return static_cast<std::size_t>(index);
}

}  // namespace

Value fetch(const Value& object, const Value& key, Arena& arena) {
  switch (object.kind()) {
    case Kind::kArray: return object.as_array()[checked_index(key, object.size())];
    case Kind::kString:
    case Kind::kBytes:
      return Value::integer(static_cast<unsigned char>(object.as_text()[checked_index(key, object.size())]));
    case Kind::kMap: {
      const Map& map = object.as_map();
      if (map.has_text_keys() && !key.is_string()) {
        if (key.is_nil()) return Value::nil();
        fail_run(
            fmt::format("cannot use {} to get an element of a map, whose keys are strings", kind_name(key.kind())));
      }
      if (!map.has_text_keys() && (key.is(Kind::kArray) || key.is(Kind::kMap))) {
        fail_run(fmt::format("cannot use {} as a key of a map", kind_name(key.kind())));
      }
      const Value* value = map.find(key.as_key());
      return value == nullptr ? map.absent() : *value;
    }
    default: break;
  }
  if (key.is_string()) {
    if (const Method* method = find_method(type_of(object).kind(), key.as_text())) {
      return Value::function(arena.make<Function>(method, object));
    }
  }
  fail_fetch(object, key);
}

Value slice(const Value& object, std::int64_t low, std::int64_t high) {
  const bool text = object.is_string() || object.is(Kind::kBytes);
  if (!text && !object.is(Kind::kArray)) fail_run(fmt::format("cannot slice {}", kind_name(object.kind())));
  const auto size = static_cast<std::int64_t>(object.size());
  const auto bend = [size](std::int64_t bound) {
    if (bound < 0) bound = bound < -size ? 0 : bound + size;
    return bound > size ? size : bound;
  };
  const std::int64_t to = bend(high);
  const std::int64_t from = std::min(bend(low), to);
  const auto start = static_cast<std::size_t>(from);
  const auto count = static_cast<std::size_t>(to - from);
  if (object.is_string()) return Value::string(object.as_text().substr(start, count));
  if (text) return Value::bytes(object.as_text().substr(start, count));
  return Value::array(object.as_array().subspan(start, count), object.element_kind());
}

namespace {

// Values may share parts, so that a small one can be endless to walk through, and nest deeper than the stack.
class Comparison {
 public:
  explicit Comparison(Context* context) : context_(context) {}

  bool equal(const Value& a, const Value& b, bool strict) {
    if (a.kind() != b.kind()) return !strict && a.is_number() && b.is_number() && a.to_float() == b.to_float();
    switch (a.kind()) {
      case Kind::kNil: return true;
      case Kind::kFloat: return a.as_float() == b.as_float();
      case Kind::kString:
      case Kind::kBytes:
        if (a.size() != b.size()) return false;
        if (context_ != nullptr) context_->spend(a.size() / kBytesOfStep);
        return same_text(a.as_text().data(), b.as_text().data(), a.size());
      case Kind::kArray: return equal_arrays(a, b, strict);
      case Kind::kMap: return equal_maps(a.as_map(), b.as_map());
      case Kind::kTime:
        return a.as_time().seconds == b.as_time().seconds && a.as_time().nanoseconds == b.as_time().nanoseconds;
      case Kind::kTimezone: return a.as_zone() == b.as_zone();
      case Kind::kFunction: return false;
      default: return a.as_int() == b.as_int();
    }
  }

 private:
  static constexpr int kDeepest = 1'000;
  static constexpr std::uint32_t kBytesOfStep = 64;
  static constexpr std::uint64_t kMostParts = 4'000'000;

  void enter(std::size_t parts) {
    parts_ += parts;
    if (++depth_ > kDeepest) fail_run("cannot compare values that are nested deeper than 1000 levels");
    if (context_ != nullptr) context_->spend(parts);
    if (parts_ > kMostParts) fail_run("cannot compare values of more than 4 million parts");
  }

  bool equal_arrays(const Value& a, const Value& b, bool strict) {
    if (a.size() != b.size() || (strict && a.element_kind() != b.element_kind())) return false;
    enter(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!equal(a.as_array()[i], b.as_array()[i], strict)) return false;
    }
    --depth_;
    return true;
  }

  bool equal_maps(const Map& a, const Map& b) {
    if (a.size() != b.size()) return false;
    enter(a.size());
    for (const Entry& entry : a.entries()) {
      const Value* other = b.find(entry.key);
      if (other == nullptr || !equal(entry.value, *other, true)) return false;
    }
    --depth_;
    return true;
  }

  Context* context_;  // null: not part of a run
  std::uint64_t parts_ = 0;
  int depth_ = 0;
};

}  // namespace

bool equal(const Value& a, const Value& b) { return Comparison(nullptr).equal(a, b, false); }
bool equal(const Value& a, const Value& b, Context& context) { return Comparison(&context).equal(a, b, false); }

}  // namespace fas::expr
