#include <algorithm>
#include <stdexcept>

#include "base/number_text.h"
#include "expr/map.h"
#include "expr/time.h"
#include "expr/time_layout.h"
#include "expr/unicode.h"
#include "tools/expr_cases.h"

namespace fas::tools {
namespace {

using expr::Kind;
using expr::Value;
using nlohmann::json;

json typed(const char* kind, json value) { return {{"t", kind}, {"v", std::move(value)}}; }

json encode_bytes(std::string_view bytes) {
  auto list = json::array();
  for (const char c : bytes) list.push_back(static_cast<unsigned char>(c));
  return list;
}

json encode_array(std::span<const Value> elements) {
  auto list = json::array();
  for (const auto& element : elements) list.push_back(encode_value(element));
  return list;
}

json encode_map(const expr::Map& map) {
  if (map.has_text_keys()) {
    auto object = json::object();
    for (const auto& entry : map.entries()) object[printable(entry.key.as_text())] = encode_value(entry.value);
    return typed("map", std::move(object));
  }
  // In the recorded cases a key stands for a list, also where it maps to a single value (fromPairs).
  auto groups = json::array();
  for (const auto& entry : map.entries()) {
    auto value = encode_value(entry.value);
    if (!entry.value.is(Kind::kArray)) value = typed("array", json::array({std::move(value)}));
    groups.push_back({encode_value(entry.key), std::move(value)});
  }
  return typed("groups", std::move(groups));
}

json encode_time(const expr::Time& time) {
  auto result = typed("time", expr::format_time(time, expr::kRfc3339NanoLayout));
  result["zone"] = std::string(time.zone == nullptr ? expr::kUtc.name : time.zone->name);
  return result;
}

Value decode_array(const json& list, expr::Arena& arena) {
  std::vector<Value> elements;
  for (const auto& element : list) elements.push_back(decode_value(element, arena));
  return Value::array(arena.copy(elements));
}

Value decode_map(const json& object, expr::Arena& arena) {
  expr::MapBuilder map(arena, static_cast<std::uint32_t>(object.size()));
  for (const auto& [key, value] : object.items()) map.set(arena.copy(key), decode_value(value, arena));
  return map.finish();
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto rune = expr::decode_rune(text);
    expr::append_rune(out, rune.code);
    text.remove_prefix(rune.size);
  }
  return out;
}

json encode_value(const Value& value) {
  switch (value.kind()) {
    case Kind::kNil: return {{"t", "nil"}};
    case Kind::kBool: return typed("bool", value.as_bool());
    case Kind::kInt: return typed("int", std::to_string(value.as_int()));
    case Kind::kFloat: return typed("float", format_float(value.as_float()));
    case Kind::kString: return typed("string", printable(value.as_text()));
    case Kind::kBytes: return typed("bytes", encode_bytes(value.as_text()));
    case Kind::kArray: return typed("array", encode_array(value.as_array()));
    case Kind::kMap: return encode_map(value.as_map());
    case Kind::kDuration: return typed("duration", std::to_string(value.as_int()));
    case Kind::kTime: return encode_time(value.as_time());
    case Kind::kTimezone:
      return typed("timezone", std::string(value.as_zone() == nullptr ? expr::kUtc.name : value.as_zone()->name));
    case Kind::kMonth: return typed("month", std::to_string(value.as_int()));
    case Kind::kWeekday: return typed("weekday", std::to_string(value.as_int()));
    case Kind::kFunction: return {{"t", "function"}};
  }
  return {};
}

Value decode_value(const json& typed, expr::Arena& arena) {
  const auto kind = typed.at("t").get<std::string>();
  if (kind == "nil") return Value::nil();
  const auto& value = typed.at("v");
  if (kind == "bool") return Value::boolean(value);
  if (kind == "int") return Value::integer(parse_int(value.get<std::string>()).value);
  if (kind == "float") return Value::number(parse_float(value.get<std::string>()).value);
  if (kind == "string") return Value::string(arena.copy(value.get<std::string>()));
  if (kind == "array") return decode_array(value, arena);
  if (kind == "map") return decode_map(value, arena);
  throw std::runtime_error("an environment holds a value of kind " + kind);
}

}  // namespace fas::tools
