// Array and map literals, ranges.
#include <fmt/format.h>

#include "expr/arithmetic.h"
#include "expr/map.h"
#include "expr/op_new.h"

namespace fas::expr {
namespace {

struct ItemsOp : Op {
  std::span<const Op* const> items;
};

Value run_array(const Op* op, Frame& frame) {
  const auto& items = as<ItemsOp>(op).items;
  const std::span<Value> elements = placed(op, [&] { return frame.arena.array<Value>(items.size()); });
  for (std::size_t i = 0; i < items.size(); ++i) elements[i] = items[i]->run(items[i], frame);
  return Value::array(elements);
}

Value run_map(const Op* op, Frame& frame) {
  const auto& items = as<ItemsOp>(op).items;
  const std::size_t mark = frame.stack.size();
  for (const Op* item : items) frame.stack.push_back(item->run(item, frame));
  return placed(op, [&] {
    MapBuilder builder(frame.arena, static_cast<std::uint32_t>(items.size() / 2));
    // From the last to the first: of two equal keys the reference keeps the first.
    for (std::size_t i = 0; i < items.size(); i += 2) {
      const Value key = frame.stack[mark + i];
      if (!key.is_string()) fail_run(fmt::format("a key of a map must be a string, but got {}", kind_name(key.kind())));
      if (builder.find(key.as_key()) == nullptr) builder.set(key.as_key(), frame.stack[mark + i + 1]);
    }
    frame.stack.resize(mark);
    return builder.finish();
  });
}

Value run_range(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value left = two.left->run(two.left, frame);
  const Value right = two.right->run(two.right, frame);
  return placed(op, [&] {
    const IntRange range = int_range(left, right, frame);
    const std::span<Value> elements = frame.arena.array<Value>(range.size);
    for (std::size_t i = 0; i < range.size; ++i) {
      elements[i] = Value::integer(range.first + static_cast<std::int64_t>(i));
    }
    return Value::array(elements, ElementKind::kInt);
  });
}

}  // namespace

IntRange int_range(const Value& from, const Value& to, Frame& frame) {
  const std::int64_t first = to_index(from);
  const std::int64_t last = to_index(to);
  if (last < first) return {first, 0};
  const std::uint64_t size = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) + 1;
  if (size == 0 || size >= frame.elements) fail_run("memory budget exceeded");
  frame.elements -= size;
  return {first, static_cast<std::size_t>(size)};
}

Op* make_array(Site site, std::span<const Op* const> items) {
  auto* op = new_value_op<ItemsOp>(site, run_array);
  op->items = items;
  return op;
}

Op* make_map(Site site, std::span<const Op* const> keys_and_values) {
  auto* op = new_value_op<ItemsOp>(site, run_map);
  op->items = keys_and_values;
  return op;
}

Op* make_range(Site site, const Op* from, const Op* to) {
  auto* op = new_value_op<BinaryOp>(site, run_range);
  op->left = from;
  op->right = to;
  return op;
}

const BinaryOp* as_range(const Op* op) { return op->run == run_range ? static_cast<const BinaryOp*>(op) : nullptr; }

}  // namespace fas::expr
