// toJSON() and fromJSON().
#include <array>

#include "expr/arguments.h"
#include "expr/builtin.h"
#include "expr/json_text.h"

namespace fas::expr {
namespace {

using Arguments = std::span<const Value>;

Value to_json(Context& context, Arguments arguments) {
  return Value::string(context.arena.copy(write_json(arguments[0], context.arena)));
}

Value from_json(Context& context, Arguments arguments) {
  return read_json(text_argument(arguments, 0, "fromJSON"), context.arena);
}

constexpr std::array kToJson{Signature{{Type::any()}, 1, TypeKind::kString}};
constexpr std::array kFromJson{Signature{{TypeKind::kString}, 1, Type::any()}};

}  // namespace

std::span<const Builtin> json_builtins() {
  static const std::array builtins{
      Builtin{.name = "toJSON", .signatures = kToJson, .run = to_json},
      Builtin{.name = "fromJSON", .signatures = kFromJson, .run = from_json},
  };
  return builtins;
}

}  // namespace fas::expr
