#include "expr/type.h"

namespace fas::expr {
namespace {
constexpr Type kInt = TypeKind::kInt;
constexpr Type kString = TypeKind::kString;
}  // namespace

Type Type::ints() { return array_of(&kInt); }
Type Type::strings() { return array_of(&kString); }

Type Type::element() const {
  if (is(TypeKind::kBytes)) return TypeKind::kByte;
  if (is_untyped()) return untyped();
  if (fields_ || detail_ == nullptr) return any();
  return *static_cast<const Type*>(detail_);
}

std::string type_name(Type type) {
  switch (type.kind()) {
    case TypeKind::kUnknown: return "any";
    case TypeKind::kNil: return "nil";
    case TypeKind::kBool: return "bool";
    case TypeKind::kInt: return "int";
    case TypeKind::kFloat: return "float";
    case TypeKind::kString: return "string";
    case TypeKind::kBytes: return "bytes";
    case TypeKind::kArray: return type.element().is_unknown() ? "array" : "array of " + type_name(type.element());
    case TypeKind::kMap: return "map";
    case TypeKind::kDuration: return "duration";
    case TypeKind::kTime: return "time";
    case TypeKind::kTimezone: return "timezone";
    case TypeKind::kMonth: return "month";
    case TypeKind::kWeekday: return "weekday";
    case TypeKind::kFunction: return "function";
    case TypeKind::kByte: return "byte";
  }
  return "any";
}

Type type_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kNil: return TypeKind::kNil;
    case Kind::kBool: return TypeKind::kBool;
    case Kind::kInt: return TypeKind::kInt;
    case Kind::kFloat: return TypeKind::kFloat;
    case Kind::kString: return TypeKind::kString;
    case Kind::kBytes: return TypeKind::kBytes;
    case Kind::kArray: return TypeKind::kArray;
    case Kind::kMap: return TypeKind::kMap;
    case Kind::kDuration: return TypeKind::kDuration;
    case Kind::kTime: return TypeKind::kTime;
    case Kind::kTimezone: return TypeKind::kTimezone;
    case Kind::kMonth: return TypeKind::kMonth;
    case Kind::kWeekday: return TypeKind::kWeekday;
    case Kind::kFunction: return TypeKind::kFunction;
  }
  return Type::any();
}

}  // namespace fas::expr
