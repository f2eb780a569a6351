// Static types: what the checker knows about a value before the expression runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "expr/value.h"

namespace fas::expr {

class Schema;

enum class TypeKind : std::uint8_t {
  kUnknown,  // "any": anything goes, decided at run time
  kNil,
  kBool,
  kInt,
  kFloat,
  kString,
  kBytes,
  kArray,
  kMap,
  kDuration,
  kTime,
  kTimezone,
  kMonth,
  kWeekday,
  kFunction,
  kByte,  // an int that came out of bytes
};

// Trivially copyable; what it points at (element type, fields) lives as long as the Schema or the compilation.
class Type {
 public:
  constexpr Type() = default;
  constexpr Type(TypeKind kind) : kind_(kind) {}  // NOLINT(google-explicit-constructor): a kind is the type mostly

  static constexpr Type any() { return {}; }
  static constexpr Type array() { return TypeKind::kArray; }  // of anything
  static constexpr Type array_of(const Type* element) { return {TypeKind::kArray, element}; }
  static Type ints();                                     // array of int
  static Type strings();                                  // array of string
  static constexpr Type map() { return TypeKind::kMap; }  // from text to anything
  static constexpr Type map_of(const Type* element) { return {TypeKind::kMap, element}; }
  // A map whose keys may be anything.
  static constexpr Type groups_of(const Type* element) {
    Type type = map_of(element);
    type.any_keys_ = true;
    return type;
  }
  // A map whose keys are known: another key is a compile error.
  static constexpr Type record(const Schema* fields) {
    Type type(TypeKind::kMap);
    type.fields_ = true;
    type.detail_ = fields;
    return type;
  }

  // Unknown, and not even an interface's value: what a call or an operation on unknowns gives. In c ? 1 : x an unknown
  // element x leaves the type int, as the reference has it; this leaves any.
  static constexpr Type untyped() {
    Type type;
    type.fields_ = true;
    return type;
  }

  constexpr TypeKind kind() const { return kind_; }
  constexpr bool is(TypeKind kind) const { return kind_ == kind; }
  constexpr bool is_unknown() const { return kind_ == TypeKind::kUnknown; }
  constexpr bool is_nil() const { return kind_ == TypeKind::kNil; }
  // Durations, months and weekdays are types of their own, not numbers.
  constexpr bool is_number() const { return is_integer() || kind_ == TypeKind::kFloat; }
  constexpr bool is_integer() const { return kind_ == TypeKind::kInt || kind_ == TypeKind::kByte; }

  // Of an array or map: what it holds (any() when nothing is known); of anything else any().
  Type element() const;
  bool is_untyped() const { return kind_ == TypeKind::kUnknown && fields_; }
  bool has_any_keys() const { return any_keys_; }
  const Schema* fields() const { return fields_ ? static_cast<const Schema*>(detail_) : nullptr; }

 private:
  constexpr Type(TypeKind kind, const Type* element) : kind_(kind), detail_(element) {}

  TypeKind kind_ = TypeKind::kUnknown;
  bool fields_ = false;
  bool any_keys_ = false;
  const void* detail_ = nullptr;
};

// As the reference's messages name it, in the language's own words: "int", "float", "array of int", "map", "any".
std::string type_name(Type type);

// The static type of a value at the top of an environment: arrays and maps are dynamic inside.
Type type_of(const Value& value);

}  // namespace fas::expr
