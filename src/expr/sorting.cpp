#include "expr/sorting.h"

#include <fmt/format.h>

#include <algorithm>

#include "expr/arithmetic.h"
#include "expr/builtin.h"
#include "expr/map.h"

namespace fas::expr {
namespace {

bool all_floats(std::span<const Keyed> keyed) {
  return std::ranges::all_of(keyed, [](const Keyed& entry) { return entry.key.is_float(); });
}

// What is in order, or wholly in the opposite order, is common (a series by time, by value) and cheap to see.
template <class Before>
void sort_by(std::span<Keyed> keyed, Before before) {
  const auto sorted = std::ranges::is_sorted_until(keyed, before);
  if (sorted == keyed.end()) return;
  if (sorted == keyed.begin() + 1) {
    const auto strictly_falling = [&](const Keyed& a, const Keyed& b) { return !before(b, a); };
    if (std::ranges::adjacent_find(keyed, strictly_falling) == keyed.end()) {
      std::ranges::reverse(keyed);
      return;
    }
  }
  std::ranges::stable_sort(keyed, before);
}

}  // namespace

void sort_keyed(std::span<Keyed> keyed, bool descending) {
  if (all_floats(keyed)) {
    if (descending) {
      sort_by(keyed, [](const Keyed& a, const Keyed& b) { return b.key.as_float() < a.key.as_float(); });
    } else {
      sort_by(keyed, [](const Keyed& a, const Keyed& b) { return a.key.as_float() < b.key.as_float(); });
    }
    return;
  }
  if (descending) {
    sort_by(keyed, [](const Keyed& a, const Keyed& b) { return less(b.key, a.key); });
  } else {
    sort_by(keyed, [](const Keyed& a, const Keyed& b) { return less(a.key, b.key); });
  }
}

bool is_descending(const Value& order) {
  if (!order.is_string()) fail_run(fmt::format("the order must be a string, but got {}", kind_name(order.kind())));
  if (order.as_text() == "asc") return false;
  if (order.as_text() == "desc") return true;
  fail_run("unknown order, use asc or desc");
}

Value group(std::span<const Value> pairs, Arena& arena) {
  // First the number of elements of each key, then the elements.
  MapBuilder builder(arena, 8, false);
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    if (Value* count = builder.find(pairs[i])) {
      *count = Value::integer(count->as_int() + 1);
    } else {
      builder.set(pairs[i], Value::integer(1));
    }
  }
  builder.set_groups();
  const Value result = builder.finish();
  for (const Entry& entry : result.as_map().entries()) {
    const std::span<Value> room = arena.array<Value>(static_cast<std::size_t>(entry.value.as_int()));
    *builder.find(entry.key) = Value::array(room.first(0));
  }
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    Value* list = builder.find(pairs[i]);
    Value* room = const_cast<Value*>(list->as_array().data());
    room[list->size()] = pairs[i + 1];
    *list = Value::array({room, list->size() + 1U});
  }
  return result;
}

}  // namespace fas::expr
