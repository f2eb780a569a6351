// Operands that an operation reads itself, without a call: most of what expressions touch are values of the environment
// and fields of a loop's element.
#pragma once

#include "expr/map.h"
#include "expr/op_new.h"

namespace fas::expr {

// A field, or a field of a field, of what a register holds. `general` is the same as an ordinary operation; it is run
// where the object is no map, to fail or to do what is rare.
struct PathOp : Op {
  std::uint32_t index = 0;
  std::uint32_t count = 0;  // of keys
  Value keys[2];
  const Op* general = nullptr;
};

// Null for any other operation.
const PathOp* as_path(const Op* op);
bool is_slot(const Op* op, std::uint32_t& slot);

struct Operand {
  enum class Kind : std::uint8_t { kAny, kSlot, kPath };

  Kind kind = Kind::kAny;
  std::uint32_t slot = 0;
  const Op* op = nullptr;
};

inline Operand operand_of(const Op* op) {
  Operand operand{.op = op};
  if (is_slot(op, operand.slot)) {
    operand.kind = Operand::Kind::kSlot;
  } else if (as_path(op) != nullptr) {
    operand.kind = Operand::Kind::kPath;
  }
  return operand;
}

// Where the value is; `made` is room for one that has to be made.
[[gnu::always_inline]] inline const Value& read_path(const PathOp& path, Frame& frame, Value& made) {
  const Value* value = &frame.registers[path.index];
  for (std::uint32_t i = 0; i < path.count; ++i) {
    const Value* inner = value->is(Kind::kMap) ? value->as_map().find(path.keys[i]) : nullptr;
    if (inner == nullptr) [[unlikely]]
      return made = path.general->run(path.general, frame);
    value = inner;
  }
  return *value;
}

template <Operand::Kind K>
[[gnu::always_inline]] inline const Value& read(const Operand& operand, Frame& frame, Value& made) {
  if constexpr (K == Operand::Kind::kSlot) return frame.slots[operand.slot];
  if constexpr (K == Operand::Kind::kPath) return read_path(*static_cast<const PathOp*>(operand.op), frame, made);
  return made = operand.op->run(operand.op, frame);
}

// Calls make.template operator()<K>() with the operand's kind as a constant.
template <class Make>
auto with_kind(const Operand& operand, Make&& make) {
  switch (operand.kind) {
    case Operand::Kind::kSlot: return make.template operator()<Operand::Kind::kSlot>();
    case Operand::Kind::kPath: return make.template operator()<Operand::Kind::kPath>();
    default: return make.template operator()<Operand::Kind::kAny>();
  }
}

}  // namespace fas::expr
