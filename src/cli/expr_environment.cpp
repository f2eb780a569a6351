#include "cli/expr_environment.h"

#include <fmt/core.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/number_text.h"
#include "base/text.h"
#include "expr/map.h"

namespace fas::cli {
namespace {

using expr::Value;
using nlohmann::json;

Value from_json(const json& node, expr::Arena& arena) {
  switch (node.type()) {
    case json::value_t::boolean: return Value::boolean(node.get<bool>());
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float: return Value::number(node.get<double>());
    case json::value_t::string: return Value::string(arena.copy(node.get_ref<const std::string&>()));
    case json::value_t::array: {
      std::vector<Value> elements;
      for (const auto& element : node) elements.push_back(from_json(element, arena));
      return Value::array(arena.copy(elements));
    }
    case json::value_t::object: {
      expr::MapBuilder map(arena, static_cast<std::uint32_t>(node.size()));
      for (const auto& [key, value] : node.items()) map.set(arena.copy(key), from_json(value, arena));
      return map.finish();
    }
    default: return Value::nil();
  }
}

Result<json> read_object(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(ErrorKind::kNotFound, fmt::format("{}: cannot open the file", path));
  try {
    auto object = json::parse(in);
    if (!object.is_object()) return fail(ErrorKind::kInvalid, fmt::format("{}: a JSON object is needed", path));
    return object;
  } catch (const json::exception& error) {
    return fail(ErrorKind::kInvalid, fmt::format("{}: {}", path, error.what()));
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_expr_name(std::string_view name) {
  if (name.empty() || !is_letter(name.front())) return false;
  for (const char c : name) {
    if (!is_letter(c) && !is_digit(c)) return false;
  }
  return true;
}

void ExprEnvironment::set(std::string_view name, const Value& value) {
  const auto slot = schema_.add(name, expr::type_of(value));
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  slots_[slot] = value;
}

Result<void> ExprEnvironment::add_file(const std::string& path) {
  const auto object = read_object(path);
  if (!object) return std::unexpected(object.error());
  auto& arena = *arenas_.emplace_back(std::make_unique<expr::Arena>());
  for (const auto& [name, value] : object->items()) set(name, from_json(value, arena));
  return {};
}

Result<void> ExprEnvironment::add_expression(std::string_view name, std::string_view source) {
  auto program = expr::compile(source, schema_);
  if (!program) return fail(ErrorKind::kInvalid, to_string(program.error()));
  auto& machine = *machines_.emplace_back(std::make_unique<expr::Machine>());
  programs_.push_back(*program);
  const auto value = machine.run(programs_.back(), slots_);
  if (!value) return fail(ErrorKind::kInvalid, to_string(value.error()));
  set(name, *value);
  return {};
}

Result<void> ExprEnvironment::add_assignment(std::string_view assignment) {
  const auto equals = assignment.find('=');
  const auto name = trim(assignment.substr(0, equals));
  if (equals == std::string_view::npos || !is_expr_name(name)) {
    return fail(ErrorKind::kInvalid, fmt::format("-set needs NAME=VALUE, got \"{}\"", assignment));
  }
  const auto text = trim(assignment.substr(equals + 1));
  if (const auto number = parse_float(text)) {
    set(name, Value::number(number.value));
    return {};
  }
  if (!text.empty() && add_expression(name, text)) return {};
  auto& arena = *arenas_.emplace_back(std::make_unique<expr::Arena>());
  set(name, Value::string(arena.copy(text)));
  return {};
}

}  // namespace fas::cli
