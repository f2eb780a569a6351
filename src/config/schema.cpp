#include "config/schema.h"

#include <utility>

namespace fas::config {
namespace {

using Json = nlohmann::ordered_json;
using metrics::Field;
using metrics::FieldKind;

Json or_variable(Json schema) { return {{"anyOf", {std::move(schema), {{"type", "string"}, {"pattern", "\\$"}}}}}; }

Json fields_schema(std::span<const Field> fields);

Json value_schema(const Field& field) {
  switch (field.kind) {
    case FieldKind::kText: return field.choices.empty() ? text_schema() : choice_schema(field.choices);
    case FieldKind::kSecret: return text_schema();
    case FieldKind::kNumber: return number_schema();
    case FieldKind::kInteger: return or_variable({{"type", "integer"}});
    case FieldKind::kBool: return bool_schema();
    case FieldKind::kDuration: return duration_schema();
    case FieldKind::kTextList: return text_list_schema();
    case FieldKind::kTextMap: return {{"type", "object"}, {"additionalProperties", text_schema()}};
    case FieldKind::kObject: return fields_schema(field.fields);
  }
  return text_schema();
}

void add_fields(Json& properties, Json& required, std::span<const Field> fields) {
  for (const Field& field : fields) {
    Json& property = properties[std::string(field.key)] = value_schema(field);
    if (!field.doc.empty()) property["description"] = field.doc;
    if (field.required) required.push_back(field.key);
  }
}

Json fields_schema(std::span<const Field> fields) {
  Json properties = Json::object();
  Json required = Json::array();
  add_fields(properties, required, fields);
  Json schema = object_schema(std::move(properties));
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

// The list `metric-collectors`: which keys an entry takes depends on its type.
Json collectors_schema(const CollectorKinds& kinds) {
  Json types = Json::array();
  Json each = Json::array();
  for (const metrics::SourceKind& kind : kinds.kinds) {
    types.push_back(kind.type);
    Json properties = {{"type", Json::object()}, {"metric-name", text_schema()}};
    Json required = {"metric-name"};
    add_fields(properties, required, kind.fields);
    for (const Field& field : kinds.common) {
      properties[std::string(field.key)] = {{"$ref", "#/$defs/common/" + std::string(field.key)}};
    }
    Json then = object_schema(std::move(properties));
    then["required"] = std::move(required);
    then["description"] = kind.doc;
    Json is_of_kind = {{"properties", {{"type", {{"const", kind.type}}}}}};
    each.push_back({{"if", std::move(is_of_kind)}, {"then", std::move(then)}});
  }
  Json entry = {{"type", "object"}, {"required", {"type"}}};
  entry["properties"] = {{"type", {{"enum", std::move(types)}}}};
  entry["allOf"] = std::move(each);
  return {{"type", "array"}, {"items", std::move(entry)}};
}

}  // namespace

Json text_schema() { return {{"type", {"string", "number", "boolean"}}}; }

Json text_list_schema() { return {{"anyOf", {text_schema(), {{"type", "array"}, {"items", text_schema()}}}}}; }

Json bool_schema() { return or_variable({{"type", "boolean"}}); }

Json duration_schema() {
  return or_variable({{"type", "string"}, {"pattern", "^([0-9]+(\\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$|^0$"}});
}

Json number_schema() { return or_variable({{"type", "number"}}); }

Json integer_schema(std::int64_t lowest, std::int64_t highest) {
  Json schema = {{"type", "integer"}, {"minimum", lowest}};
  if (highest != std::numeric_limits<int>::max()) schema["maximum"] = highest;
  return or_variable(std::move(schema));
}

Json expression_schema() { return {{"type", {"string", "number"}}}; }

Json choice_schema(const std::vector<std::string_view>& words) { return or_variable({{"enum", words}}); }

Json object_schema(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json definitions(const CollectorKinds& kinds) {
  Json common = Json::object();
  Json none_required = Json::array();
  add_fields(common, none_required, kinds.common);
  return {{"common", std::move(common)}, {"metric-collectors", collectors_schema(kinds)}};
}

}  // namespace fas::config
