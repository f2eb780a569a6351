#include "expr/value.h"

#include "expr/arena.h"
#include "expr/map.h"

namespace fas::expr {

Value Value::time(Arena& arena, Time time) { return Value::time(arena.make<Time>(time)); }

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kNil: return "nil";
    case Kind::kBool: return "bool";
    case Kind::kInt: return "int";
    case Kind::kFloat: return "float";
    case Kind::kString: return "string";
    case Kind::kBytes: return "bytes";
    case Kind::kArray: return "array";
    case Kind::kMap: return "map";
    case Kind::kDuration: return "duration";
    case Kind::kTime: return "time";
    case Kind::kTimezone: return "timezone";
    case Kind::kMonth: return "month";
    case Kind::kWeekday: return "weekday";
    case Kind::kFunction: return "func";
  }
  return "unknown";
}

}  // namespace fas::expr
