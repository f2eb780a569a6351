// Functions on arrays and maps that take no predicate.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "expr/arithmetic.h"
#include "expr/builtin.h"
#include "expr/map.h"
#include "expr/schema.h"
#include "expr/sorting.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

using Arguments = std::span<const Value>;

// ---------------------------------------------------------------- types

[[noreturn]] void fail_type(const CheckCall& call, std::string_view what, std::size_t argument = 0) {
  call.fail(fmt::format("cannot {} {}", what, type_name(call.arguments[argument])));
}

bool array_like(Type type) { return type.is(TypeKind::kArray) || type.is_unknown(); }

Type check_len(const CheckCall& call) {
  call.expect_count(1, 1);
  const Type type = call.arguments[0];
  const bool sized =
      array_like(type) || type.is(TypeKind::kMap) || type.is(TypeKind::kString) || type.is(TypeKind::kBytes);
  if (!sized) call.fail(fmt::format("invalid argument for len (type {})", type_name(type)));
  return TypeKind::kInt;
}

Type check_end(const CheckCall& call) {
  call.expect_count(1, 1);
  if (!array_like(call.arguments[0]) && !call.arguments[0].is(TypeKind::kBytes)) {
    call.fail(fmt::format("cannot get {} element from {}", call.name, type_name(call.arguments[0])));
  }
  return Type::any();
}

Type check_get(const CheckCall& call) {
  call.expect_count(2, 2);
  const Type object = call.arguments[0];
  const Type key = call.arguments[1];
  if (object.is_unknown()) return Type::any();
  if (object.is(TypeKind::kMap)) {
    if (!object.has_any_keys() && !key.is_unknown() && !key.is(TypeKind::kString)) {
      call.fail_at(1, fmt::format("cannot use {} to get an element of a map, whose keys are strings", type_name(key)));
    }
    return object.element();
  }
  if (object.is(TypeKind::kArray) || object.is(TypeKind::kBytes)) {
    if (!key.is_unknown() && !key.is_integer()) {
      call.fail_at(1, fmt::format("non-integer slice index {}", type_name(key)));
    }
    return object.element();
  }
  call.fail_at(0, fmt::format("type {} does not support indexing", type_name(object)));
}

Type check_take(const CheckCall& call) {
  call.expect_count(2, 2);
  if (!array_like(call.arguments[0])) fail_type(call, "take from");
  if (!call.arguments[1].is_integer() && !call.arguments[1].is_unknown()) {
    call.fail(fmt::format("cannot take {} elements", type_name(call.arguments[1])));
  }
  return Type::array();
}

Type check_one_array(const CheckCall& call) {
  call.expect_count(1, 1);
  if (!array_like(call.arguments[0])) fail_type(call, call.name);
  return Type::array();
}

Type check_concat(const CheckCall& call) {
  if (call.arguments.empty()) call.fail("invalid number of arguments (expected at least 1, got 0)");
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    if (!array_like(call.arguments[i])) fail_type(call, "concat", i);
  }
  return Type::array();
}

Type check_sort(const CheckCall& call) {
  if (call.arguments.empty()) call.fail("not enough arguments to call sort");
  const bool order =
      call.arguments.size() < 2 || call.arguments[1].is(TypeKind::kString) || call.arguments[1].is_unknown();
  if (call.arguments.size() > 2 || !order) call.fail("too many arguments to call sort");
  if (!array_like(call.arguments[0])) {
    call.fail_at(0, fmt::format("cannot use {} as argument (type array) to call sort", type_name(call.arguments[0])));
  }
  return Type::array();
}

Type check_one_map(const CheckCall& call, std::string_view what) {
  call.expect_count(1, 1);
  if (!call.arguments[0].is(TypeKind::kMap) && !call.arguments[0].is_unknown()) fail_type(call, what);
  return Type::array();
}
Type check_keys(const CheckCall& call) { return check_one_map(call, "get keys from"); }
Type check_values(const CheckCall& call) { return check_one_map(call, "get values from"); }
Type check_to_pairs(const CheckCall& call) { return check_one_map(call, "make pairs from"); }

Type check_from_pairs(const CheckCall& call) {
  call.expect_count(1, 1);
  if (!array_like(call.arguments[0])) fail_type(call, "make a map from");
  return Type::groups_of(nullptr);
}

// ---------------------------------------------------------------- arrays

Arguments array_argument(const Value& value, std::string_view what) {
  if (!value.is(Kind::kArray)) fail_run(fmt::format("cannot {} {}", what, kind_name(value.kind())));
  return value.as_array();
}

Value run_len(Context&, Arguments arguments) {
  const Value& value = arguments[0];
  switch (value.kind()) {
    case Kind::kString: return Value::integer(static_cast<std::int64_t>(count_runes(value.as_text())));
    case Kind::kBytes:
    case Kind::kArray: return Value::integer(value.size());
    case Kind::kMap: return Value::integer(value.as_map().size());
    default: fail_run(fmt::format("invalid argument for len (type {})", kind_name(value.kind())));
  }
}

// nil where there is nothing to get, whatever the reason.
Value get(const Value& object, const Value& key) {
  switch (object.kind()) {
    case Kind::kArray:
    case Kind::kBytes:
    case Kind::kString: {
      if (!key.is_number()) return Value::nil();
      std::int64_t index = to_index(key);
      if (index < 0) index += object.size();
      if (index < 0 || index >= object.size()) return Value::nil();
      const auto at = static_cast<std::size_t>(index);
      if (object.is(Kind::kArray)) return object.as_array()[at];
      return Value::integer(static_cast<unsigned char>(object.as_text()[at]));
    }
    case Kind::kMap: {
      const Value* value = object.as_map().find(key.as_key());
      return value == nullptr ? Value::nil() : *value;
    }
    default: return Value::nil();
  }
}

Value run_get(Context&, Arguments arguments) { return get(arguments[0], arguments[1]); }
Value run_first(Context&, Arguments arguments) { return get(arguments[0], Value::integer(0)); }
Value run_last(Context&, Arguments arguments) { return get(arguments[0], Value::integer(-1)); }

Value run_take(Context&, Arguments arguments) {
  const Arguments elements = array_argument(arguments[0], "take from");
  const std::int64_t count = to_index(arguments[1]);
  if (count < 0) fail_run(fmt::format("cannot take {} elements", count));
  const auto size = std::min<std::size_t>(elements.size(), static_cast<std::size_t>(count));
  return Value::array(elements.first(size), arguments[0].element_kind());
}

Value run_reverse(Context& context, Arguments arguments) {
  const std::span<Value> reversed = context.arena.copy(array_argument(arguments[0], "reverse"));
  std::ranges::reverse(reversed);
  return Value::array(reversed);
}

// Compares each element with those kept so far unless all are of one simple kind, of which a map tells the known ones.
Value run_uniq(Context& context, Arguments arguments) {
  const Arguments elements = array_argument(arguments[0], "uniq");
  const std::span<Value> kept = context.arena.array<Value>(elements.size());
  std::size_t count = 0;
  constexpr std::size_t kFew = 32;
  const bool hashable = elements.size() > kFew && std::ranges::all_of(elements, [&](const Value& element) {
                          return element.kind() == elements[0].kind() && (element.is_string() || element.is_number());
                        });
  MapBuilder seen(context.arena, 4, false);
  if (!hashable && elements.size() > 10'000) fail_run("too many elements of different kinds for uniq");
  for (const Value& element : elements) {
    context.spend(hashable ? 1 : count + 1);
    const bool known = hashable ? seen.find(element.as_key()) != nullptr
                                : std::ranges::any_of(kept.first(count), [&](const Value& other) {
                                    return equal(element, other, context);
                                  });
    if (known) continue;
    if (hashable) seen.set(element.as_key(), Value::nil());
    kept[count++] = element;
  }
  return Value::array(kept.first(count));
}

Value run_concat(Context& context, Arguments arguments) {
  std::size_t size = 0;
  for (const Value& value : arguments) size += array_argument(value, "concat").size();
  const std::span<Value> joined = context.arena.array<Value>(size);
  if (size == 0) return Value::array({}, ElementKind::kAbsent);
  std::size_t at = 0;
  for (const Value& value : arguments) {
    for (const Value& element : value.as_array()) joined[at++] = element;
  }
  return Value::array(joined);
}

// Nested arrays may share their parts, even be empty at the end: what is visited counts, not what is found.
void flatten(Arguments elements, std::vector<Value>& into, std::size_t& visited, int depth) {
  if (depth > 500) fail_run("nested too deeply");
  visited += elements.size();
  if (visited > (std::size_t{1} << 22)) fail_run("memory budget exceeded");
  for (const Value& element : elements) {
    if (element.is(Kind::kArray)) {
      flatten(element.as_array(), into, visited, depth + 1);
    } else {
      into.push_back(element);
    }
  }
}

Value run_flatten(Context& context, Arguments arguments) {
  std::vector<Value> flat;
  std::size_t visited = 0;
  flatten(array_argument(arguments[0], "flatten"), flat, visited, 0);
  return Value::array(context.arena.copy(flat));
}

Value run_sort(Context& context, Arguments arguments) {
  const bool descending = arguments.size() > 1 && is_descending(arguments[1]);
  if (!arguments[0].is(Kind::kArray)) return Value::array({}, ElementKind::kAbsent);
  const Arguments elements = arguments[0].as_array();
  const std::span<Keyed> keyed = context.arena.array<Keyed>(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) keyed[i] = {elements[i], elements[i]};
  sort_keyed(keyed, descending);
  const std::span<Value> sorted = context.arena.array<Value>(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) sorted[i] = keyed[i].element;
  return Value::array(sorted);
}

// ---------------------------------------------------------------- maps

const Map& map_argument(const Value& value, std::string_view what) {
  if (!value.is(Kind::kMap)) fail_run(fmt::format("cannot {} {}", what, kind_name(value.kind())));
  return value.as_map();
}

Value run_keys(Context& context, Arguments arguments) {
  const Map& map = map_argument(arguments[0], "get keys from");
  const std::span<Value> keys = context.arena.array<Value>(map.size());
  for (std::size_t i = 0; i < map.size(); ++i) keys[i] = map.entries()[i].key;
  return Value::array(keys);
}

Value run_values(Context& context, Arguments arguments) {
  const Map& map = map_argument(arguments[0], "get values from");
  const std::span<Value> values = context.arena.array<Value>(map.size());
  for (std::size_t i = 0; i < map.size(); ++i) values[i] = map.entries()[i].value;
  return Value::array(values);
}

Value run_to_pairs(Context& context, Arguments arguments) {
  const Map& map = map_argument(arguments[0], "make pairs from");
  const std::span<Value> pairs = context.arena.array<Value>(map.size());
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Entry& entry = map.entries()[i];
    const Value pair[] = {entry.key, entry.value};
    pairs[i] = Value::array(context.arena.copy(pair));
  }
  return Value::array(pairs);
}

Value run_from_pairs(Context& context, Arguments arguments) {
  MapBuilder builder(context.arena, 8, false);
  for (const Value& pair : array_argument(arguments[0], "make a map from")) {
    if (!pair.is(Kind::kArray) || pair.size() != 2) fail_run("fromPairs needs arrays of a key and a value each");
    const Value& key = pair.as_array()[0];
    if (key.is(Kind::kArray) || key.is(Kind::kMap)) {
      fail_run(fmt::format("cannot use {} as a key of a map", kind_name(key.kind())));
    }
    builder.set(key.as_key(), pair.as_array()[1]);
  }
  return builder.finish();
}

constexpr Builtin kBuiltins[] = {
    {.name = "len", .check = check_len, .run = run_len},
    {.name = "first", .check = check_end, .run = run_first},
    {.name = "last", .check = check_end, .run = run_last},
    {.name = "get", .check = check_get, .run = run_get},
    {.name = "take", .check = check_take, .run = run_take},
    {.name = "reverse", .check = check_one_array, .run = run_reverse},
    {.name = "uniq", .check = check_one_array, .run = run_uniq},
    {.name = "concat", .check = check_concat, .run = run_concat},
    {.name = "flatten", .check = check_one_array, .run = run_flatten},
    {.name = "sort", .check = check_sort, .run = run_sort},
    {.name = "keys", .check = check_keys, .run = run_keys},
    {.name = "values", .check = check_values, .run = run_values},
    {.name = "toPairs", .check = check_to_pairs, .run = run_to_pairs},
    {.name = "fromPairs", .check = check_from_pairs, .run = run_from_pairs},
};

}  // namespace

std::span<const Builtin> array_builtins() { return kBuiltins; }

}  // namespace fas::expr
