#include "expr/arguments.h"

#include <fmt/core.h>

namespace fas::expr {

void fail_argument(const Value& argument, std::string_view wanted, std::string_view function) {
  fail_run(fmt::format("cannot use {} as argument (type {}) to call {}", kind_name(argument.kind()), wanted, function));
}

std::string_view text_argument(std::span<const Value> arguments, std::size_t index, std::string_view function) {
  const auto& argument = arguments[index];
  if (!argument.is_string()) fail_argument(argument, "string", function);
  return argument.as_text();
}

std::int64_t int_argument(std::span<const Value> arguments, std::size_t index, std::string_view function) {
  const auto& argument = arguments[index];
  if (!argument.is_int()) fail_argument(argument, "int", function);
  return argument.as_int();
}

}  // namespace fas::expr
