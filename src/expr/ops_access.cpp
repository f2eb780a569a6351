// Members, indexes, slices, optional chains.
#include "expr/arithmetic.h"
#include "expr/map.h"
#include "expr/operand.h"

namespace fas::expr {
namespace {

struct FieldOp : Op {
  const Op* object = nullptr;
  Value key;
};
struct SliceOp : Op {
  const Op* object = nullptr;
  const Op* low = nullptr;
  const Op* high = nullptr;
};
struct ChainOp : Op {
  std::uint32_t index = 0;
  const Op* head = nullptr;
  std::span<const Link> links;
};

[[gnu::noinline]] Value fetch_at(const Op* op, const Value& object, const Value& key, Frame& frame) {
  if (is_no_element(object)) fail_no_element(op);
  return placed(op, [&] { return fetch(object, key, frame.arena); });
}

Value field_of(const Op* op, const Value& object, const Value& key, Frame& frame) {
  if (!object.is(Kind::kMap)) return fetch_at(op, object, key, frame);
  const Map& map = object.as_map();
  const Value* value = map.find(key);
  return value == nullptr ? map.absent() : *value;
}

Value run_field(const Op* op, Frame& frame) {
  const auto& field = as<FieldOp>(op);
  return field_of(op, field.object->run(field.object, frame), field.key, frame);
}

Value run_path(const Op* op, Frame& frame) {
  Value made;
  return read_path(as<PathOp>(op), frame, made);
}

Value run_fetch(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value object = two.left->run(two.left, frame);
  const Value key = two.right->run(two.right, frame);
  if (object.is(Kind::kArray) && key.is_int() && static_cast<std::uint64_t>(key.as_int()) < object.size()) {
    return object.as_array()[static_cast<std::size_t>(key.as_int())];
  }
  return fetch_at(op, object, key, frame);
}

Value run_slice(const Op* op, Frame& frame) {
  const auto& parts = as<SliceOp>(op);
  const Value object = parts.object->run(parts.object, frame);
  // A bound that is there but nil is no bound: to_index() tells.
  const Value high = parts.high == nullptr ? Value::nil() : parts.high->run(parts.high, frame);
  const Value low = parts.low == nullptr ? Value::nil() : parts.low->run(parts.low, frame);
  return placed(op, [&] {
    const std::int64_t to = parts.high == nullptr ? INT64_MAX : to_index(high);
    const std::int64_t from = parts.low == nullptr ? 0 : to_index(low);
    return slice(object, from, to);
  });
}

Value run_chain(const Op* op, Frame& frame) {
  const auto& chain = as<ChainOp>(op);
  Value& here = frame.registers[chain.index];
  here = chain.head->run(chain.head, frame);
  for (const Link& link : chain.links) {
    if (link.optional && here.is_absent()) return Value::nil();
    here = link.op->run(link.op, frame);
  }
  return here.is_absent() ? Value::nil() : here;
}

// A field of a register, or of such a field, as a path.
Op* shorten(Site site, FieldOp* field) {
  PathOp path;
  if (is_register(field->object, path.index)) {
    path.count = 1;
  } else if (const PathOp* inner = as_path(field->object); inner != nullptr && inner->count == 1) {
    path.index = inner->index;
    path.keys[0] = inner->keys[0];
    path.count = 2;
  } else {
    return field;
  }
  auto* op = new_value_op<PathOp>(site, run_path);
  op->index = path.index;
  op->count = path.count;
  op->keys[0] = path.keys[0];
  op->keys[path.count - 1] = field->key;
  op->general = field;
  return op;
}

}  // namespace

const PathOp* as_path(const Op* op) { return op->run == run_path ? static_cast<const PathOp*>(op) : nullptr; }

Op* make_fetch(Site site, const Op* object, const Op* key) {
  const Value* constant = constant_of(key);
  if (constant != nullptr && constant->is_string()) {
    auto* op = new_value_op<FieldOp>(site, run_field);
    op->object = object;
    op->key = *constant;
    return shorten(site, op);
  }
  auto* op = new_value_op<BinaryOp>(site, run_fetch);
  op->left = object;
  op->right = key;
  return op;
}

Op* make_slice(Site site, const Op* object, const Op* low, const Op* high) {
  auto* op = new_value_op<SliceOp>(site, run_slice);
  op->object = object;
  op->low = low;
  op->high = high;
  return op;
}

Op* make_chain(Site site, std::uint32_t index, const Op* head, std::span<const Link> links) {
  auto* op = new_value_op<ChainOp>(site, run_chain);
  op->index = index;
  op->head = head;
  op->links = links;
  return op;
}

}  // namespace fas::expr
