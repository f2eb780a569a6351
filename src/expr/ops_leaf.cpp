// Constants, names, registers.
#include <fmt/format.h>

#include "expr/map.h"
#include "expr/operand.h"

namespace fas::expr {
namespace {

Value run_constant(const Op* op, Frame& /*frame*/) { return as<ConstantOp>(op).value; }
double run_constant_float(const Op* op, Frame& /*frame*/) { return as<ConstantOp>(op).value.as_float(); }
bool run_constant_bool(const Op* op, Frame& /*frame*/) { return as<ConstantOp>(op).value.as_bool(); }

struct NamedSlotOp : SlotOp {
  Type type;
  std::string_view name;
};

Value run_slot(const Op* op, Frame& frame) { return frame.slots[as<SlotOp>(op).slot]; }

[[noreturn, gnu::noinline]] void fail_slot(const Op* op, const Value& value) {
  const auto& slot = as<NamedSlotOp>(op);
  fail_at(op, fmt::format("{} is declared as {}, but its value is {}", slot.name, type_name(slot.type),
                          kind_name(value.kind())));
}

double run_slot_float(const Op* op, Frame& frame) {
  const Value& value = frame.slots[as<SlotOp>(op).slot];
  if (value.is_float()) return value.as_float();
  if (!value.is_int()) fail_slot(op, value);
  return static_cast<double>(value.as_int());
}

bool run_slot_bool(const Op* op, Frame& frame) {
  const Value& value = frame.slots[as<SlotOp>(op).slot];
  if (!value.is(Kind::kBool)) fail_slot(op, value);
  return value.as_bool();
}

Value run_register(const Op* op, Frame& frame) { return frame.registers[as<RegisterOp>(op).index]; }

double run_register_float(const Op* op, Frame& frame) { return frame.registers[as<RegisterOp>(op).index].to_float(); }

Value run_pointer(const Op* op, Frame& frame) {
  const Value& value = frame.registers[as<RegisterOp>(op).index];
  if (is_no_element(value)) fail_no_element(op);
  return value;
}

Value run_environment(const Op* /*op*/, Frame& frame) {
  const std::vector<std::string>& names = frame.code->names;
  MapBuilder builder(frame.arena, static_cast<std::uint32_t>(names.size()));
  for (std::size_t i = 0; i < names.size(); ++i) builder.set(names[i], frame.slots[i]);
  return builder.finish();
}

}  // namespace

Op* make_constant(Site site, const Value& value) {
  auto* op = new_value_op<ConstantOp>(site, run_constant);
  op->value = value.as_key();
  if (value.is_float()) op->run_float = run_constant_float;
  if (value.is(Kind::kBool)) op->run_bool = run_constant_bool;
  return op;
}

const Value* constant_of(const Op* op) {
  return op->run == run_constant ? &static_cast<const ConstantOp*>(op)->value : nullptr;
}

Op* make_slot(Site site, std::uint32_t slot, Type type, std::string_view name) {
  auto* op = new_value_op<NamedSlotOp>(site, run_slot);
  op->slot = slot;
  op->type = type;
  op->name = site.arena.copy(name);
  if (type.is_number()) op->run_float = run_slot_float;
  if (type.is(TypeKind::kBool)) op->run_bool = run_slot_bool;
  return op;
}

bool is_slot(const Op* op, std::uint32_t& slot) {
  if (op->run != run_slot) return false;
  slot = static_cast<const SlotOp*>(op)->slot;
  return true;
}

Op* make_register(Site site, std::uint32_t index) {
  auto* op = new_value_op<RegisterOp>(site, run_register);
  op->index = index;
  return op;
}

Op* make_number_register(Site site, std::uint32_t index) {
  Op* op = make_register(site, index);
  op->run_float = run_register_float;
  return op;
}

Op* make_pointer(Site site, std::uint32_t index) {
  auto* op = new_value_op<RegisterOp>(site, run_pointer);
  op->index = index;
  return op;
}

bool is_register(const Op* op, std::uint32_t& index) {
  if (op->run != run_register && op->run != run_pointer) return false;
  index = static_cast<const RegisterOp*>(op)->index;
  return true;
}

Op* make_environment(Site site) { return new_value_op<Op>(site, run_environment); }

}  // namespace fas::expr
