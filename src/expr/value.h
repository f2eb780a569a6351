// The values of the Expr language: small, trivially copyable, free of ownership.
//
// A Value is 16 bytes. What does not fit (text, array elements, map entries) lives in memory that somebody else owns:
// the caller's for the environment, the Program's for constants, the Machine's arena for what a run creates. So copying
// a Value never allocates, slices share their elements, and nothing needs counting; a Value must not outlive its owner.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace fas::expr {

class Arena;
class Map;
struct Function;
struct Zone;

enum class Kind : std::uint8_t {
  kNil,
  kBool,
  kInt,    // 64-bit signed
  kFloat,  // 64-bit IEEE 754
  kString,
  kBytes,
  kArray,
  kMap,
  kDuration,  // nanoseconds
  kTime,
  kTimezone,
  kMonth,     // a named int: 1 is January
  kWeekday,   // a named int: 0 is Sunday
  kFunction,  // a method bound to its receiver
};

// What an array was made of in the reference, where arrays of one element type never equal arrays of anything.
enum class ElementKind : std::uint8_t {
  kAny,
  kInt,
  kString,
  kMap,
  kArray,
  kFloat,
  kAbsent,  // the empty array that a group which is not there is; ?? and ?. take it for nil
};

// An instant, in the time zone that its fields (hour, day, ...) are read in.
struct Time {
  std::int64_t seconds = 0;      // since 1970-01-01 UTC
  std::int32_t nanoseconds = 0;  // 0 ..< 1e9
  const Zone* zone = nullptr;    // null: UTC
};

class Value {
 public:
  constexpr Value() = default;

  static constexpr Value nil() { return {}; }
  static constexpr Value boolean(bool value) { return {Kind::kBool, static_cast<std::int64_t>(value)}; }
  static constexpr Value integer(std::int64_t value) { return {Kind::kInt, value}; }
  static constexpr Value number(double value) {
    Value result(Kind::kFloat, std::int64_t{0});
    result.float_ = value;
    return result;
  }
  // The text or bytes are not copied; Arena::copy() does that.
  static constexpr Value string(std::string_view text) { return {Kind::kString, text}; }
  static constexpr Value bytes(std::string_view text) { return {Kind::kBytes, text}; }
  // The elements are not copied.
  static Value array(std::span<const Value> elements, ElementKind element = ElementKind::kAny) {
    Value result(Kind::kArray, elements.data());
    result.head_ |= static_cast<std::uint64_t>(element) << kElementShift | std::uint64_t{elements.size()} << kSizeShift;
    return result;
  }
  static Value map(const Map* map) { return {Kind::kMap, map}; }
  static constexpr Value duration(std::int64_t nanoseconds) { return {Kind::kDuration, nanoseconds}; }
  static Value time(const Time* time) { return {Kind::kTime, time}; }
  static Value time(Arena& arena, Time time);
  static Value timezone(const Zone* zone) { return {Kind::kTimezone, zone}; }
  static constexpr Value month(std::int64_t number) { return {Kind::kMonth, number}; }
  static constexpr Value weekday(std::int64_t number) { return {Kind::kWeekday, number}; }
  static Value function(const Function* function) { return {Kind::kFunction, function}; }

  constexpr Kind kind() const { return static_cast<Kind>(head_ & 0xFF); }
  constexpr bool is(Kind kind) const { return this->kind() == kind; }
  constexpr bool is_nil() const { return is(Kind::kNil); }
  // Nil, or what stands for it.
  constexpr bool is_absent() const { return is_nil() || (is(Kind::kArray) && element_kind() == ElementKind::kAbsent); }
  constexpr bool is_int() const { return is(Kind::kInt); }
  constexpr bool is_float() const { return is(Kind::kFloat); }
  constexpr bool is_string() const { return is(Kind::kString); }
  constexpr bool is_number() const { return is_int() || is_float(); }

  // Each is valid for values of its kind only; the caller has looked.
  constexpr bool as_bool() const { return int_ != 0; }
  constexpr std::int64_t as_int() const { return int_; }  // also duration, month, weekday
  constexpr double as_float() const { return float_; }
  constexpr double to_float() const { return is_int() ? static_cast<double>(int_) : float_; }
  constexpr std::string_view as_text() const { return {static_cast<const char*>(pointer_), size()}; }  // string, bytes
  std::span<const Value> as_array() const { return {static_cast<const Value*>(pointer_), size()}; }
  constexpr ElementKind element_kind() const { return static_cast<ElementKind>(head_ >> kElementShift & 0xFF); }
  const Map& as_map() const { return *static_cast<const Map*>(pointer_); }
  const Time& as_time() const { return *static_cast<const Time*>(pointer_); }
  const Zone* as_zone() const { return static_cast<const Zone*>(pointer_); }
  const Function& as_function() const { return *static_cast<const Function*>(pointer_); }
  // Of a string or bytes in bytes, of an array in elements.
  constexpr std::uint32_t size() const { return static_cast<std::uint32_t>(head_ >> kSizeShift); }

  // The same text, marked as a map's key: two keys of one text have one tag, so that nearly all other keys are told
  // apart without looking at the text.
  Value as_key() const;
  constexpr std::uint64_t tag() const { return head_; }

 private:
  constexpr Value(Kind kind, std::int64_t value) : head_(static_cast<std::uint64_t>(kind)), int_(value) {}
  constexpr Value(Kind kind, const void* pointer) : head_(static_cast<std::uint64_t>(kind)), pointer_(pointer) {}
  constexpr Value(Kind kind, std::string_view text)
      : head_(static_cast<std::uint64_t>(kind) | std::uint64_t{text.size()} << kSizeShift), pointer_(text.data()) {}

  static constexpr int kElementShift = 8;
  static constexpr int kHashShift = 16;
  static constexpr int kSizeShift = 32;

  // From the low bits: kind (8), kind of elements (8), a key's hash (16), size (32). One word rather than four members,
  // because a copy in four pieces that is then read in one makes the processor wait.
  std::uint64_t head_ = 0;
  union {
    std::int64_t int_ = 0;
    double float_;
    const void* pointer_;
  };
};

static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

// "int", "float", "string", "array", ...: what the builtin type() says.
std::string_view kind_name(Kind kind);

// The language's ==: numbers by value whatever their kind, times by instant, arrays and maps by content; within a map
// 1 and 1.0 differ.
// Throws RunFailure (expr/failure.h) when there is too much to compare or it nests too deeply.
bool equal(const Value& a, const Value& b);

class Context;
// The same, counted as work of a run. Throws RunFailure when it is too much.
bool equal(const Value& a, const Value& b, Context& context);

}  // namespace fas::expr
