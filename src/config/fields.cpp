#include "config/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

#include "config/scalar.h"

namespace fas::config {
namespace {

using metrics::Field;
using metrics::FieldKind;
using metrics::FieldValue;
using metrics::Settings;

std::string_view shape_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::kTextList: return "a list";
    case FieldKind::kTextMap:
    case FieldKind::kObject: return "a map";
    default: return "a single value";
  }
}

std::string_view example_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::kTextList: return "; write it as [\"a\", \"b\"]";
    case FieldKind::kTextMap:
    case FieldKind::kObject: return "; write it as {key: \"value\"}";
    default: return "";
  }
}

void wrong_shape(Reading& reading, const Field& field, const YamlNode& node, const std::string& name) {
  reading.problem_at(node, fmt::format("{} must be {}, not {}{}", name, shape_of(field.kind), describe(node.kind),
                                       example_of(field.kind)));
}

std::optional<std::string> read_choice(Reading& reading, const Field& field, const Written& value) {
  if (field.choices.empty() || std::ranges::find(field.choices, value.text) != field.choices.end()) return value.text;
  reading.problem_at(value, fmt::format("{} must be {}, not {}{}", value.name, quoted_list(field.choices),
                                        reading.quote(value), suggestion(value.text, field.choices)));
  return std::nullopt;
}

std::optional<FieldValue> read_list(Reading& reading, const Field& field, const YamlNode& node,
                                    const std::string& name) {
  std::vector<std::string> list;
  list.reserve(node.items.size());
  for (const YamlNode* item : node.items) {
    if (item->kind != YamlNode::Kind::kScalar) {
      reading.problem_at(*item, fmt::format("{} takes texts, not {}", name, describe(item->kind)));
      return std::nullopt;
    }
    list.push_back(reading.text(*item, field.expands_app_name));
    reading.show({.text = list.back(), .origin = reading.origin(*item), .name = name});
  }
  return list;
}

std::optional<FieldValue> read_map(Reading& reading, const Field& field, const YamlNode& node,
                                   const std::string& name) {
  std::map<std::string, std::string> map;
  for (const YamlEntry& entry : reading.entries(node)) {
    if (entry.value->kind != YamlNode::Kind::kScalar) {
      reading.problem_at(*entry.value, fmt::format("{} takes texts, not {}", name, describe(entry.value->kind)));
      return std::nullopt;
    }
    map[reading.text(*entry.key)] = reading.text(*entry.value, field.expands_app_name);
    // Headers and variables may be credentials; labels to look for are none.
    reading.show({.text = map[reading.text(*entry.key)],
                  .origin = reading.origin(*entry.value),
                  .name = name + "." + entry.key->scalar,
                  .secret = field.key != "labels"});
  }
  return map;
}

std::optional<FieldValue> read_object(Reading& reading, const Field& field, const YamlNode& node,
                                      const std::string& name) {
  std::vector<std::string_view> known;
  known.reserve(field.fields.size());
  for (const Field& inner : field.fields) known.push_back(inner.key);
  const std::string prefix = name + ".";
  std::vector<YamlEntry> entries = reading.entries(node);
  reading.drop_unknown(entries, prefix, known);
  return std::make_shared<const Settings>(read_settings(reading, entries, field.fields, prefix));
}

std::optional<FieldValue> read_node(Reading& reading, const Field& field, const YamlNode& node,
                                    const std::string& name) {
  using Kind = YamlNode::Kind;
  const bool wants_map = field.kind == FieldKind::kTextMap || field.kind == FieldKind::kObject;
  const Kind wanted = wants_map ? Kind::kMap : field.kind == FieldKind::kTextList ? Kind::kList : Kind::kScalar;
  if (node.kind != wanted) {
    wrong_shape(reading, field, node, name);
    return std::nullopt;
  }
  switch (field.kind) {
    case FieldKind::kTextList: return read_list(reading, field, node, name);
    case FieldKind::kTextMap: return read_map(reading, field, node, name);
    case FieldKind::kObject: return read_object(reading, field, node, name);
    default: {
      const bool secret = field.kind == FieldKind::kSecret;
      return read_field(reading, field, reading.written(node, name, secret, field.expands_app_name));
    }
  }
}

template <class T>
std::optional<FieldValue> as_field(std::optional<T> value) {
  if (!value) return std::nullopt;
  return FieldValue(std::in_place_type<T>, std::move(*value));
}

bool has_value(const Settings& settings, std::string_view key) {
  const auto found = settings.values.find(key);
  if (found == settings.values.end()) return false;
  const auto* text = std::get_if<std::string>(&found->second);
  return text == nullptr || !text->empty();
}

}  // namespace

std::optional<FieldValue> read_field(Reading& reading, const Field& field, const Written& value) {
  switch (field.kind) {
    case FieldKind::kText: return as_field(read_choice(reading, field, value));
    case FieldKind::kSecret: return FieldValue(value.text);
    case FieldKind::kNumber: return as_field(read_number(reading, value));
    case FieldKind::kInteger: return as_field(read_integer(reading, value));
    case FieldKind::kBool: return as_field(read_bool(reading, value));
    case FieldKind::kDuration: return as_field(read_duration(reading, value));
    case FieldKind::kTextList: return FieldValue(split_list(value.text));
    case FieldKind::kTextMap:
    case FieldKind::kObject: break;
  }
  reading.problem_at(value, "cannot be written in an environment variable; use the configuration file");
  return std::nullopt;
}

Settings read_settings(Reading& reading, const std::vector<YamlEntry>& entries, std::span<const Field> fields,
                       const std::string& prefix) {
  Settings settings;
  for (const YamlEntry& entry : entries) {
    const std::string& key = entry.key->scalar;
    const auto field = std::ranges::find(fields, key, &Field::key);
    if (field == fields.end() || entry.value->kind == YamlNode::Kind::kNull) continue;
    if (auto value = read_node(reading, *field, *entry.value, prefix + key)) {
      settings.values.insert_or_assign(key, std::move(*value));
    } else {
      reading.mark_attempted(prefix + key);
    }
  }
  return settings;
}

bool require_fields(Reading& reading, const Settings& settings, std::span<const Field> fields,
                    const std::string& prefix, std::string_view type) {
  bool complete = true;
  for (const Field& field : fields) {
    if (!field.required || has_value(settings, field.key)) continue;
    complete = false;
    const std::string name = fmt::format("{}{}", prefix, field.key);
    if (!reading.attempted(name)) reading.problem(fmt::format("{}{} {} required", prefix, type, field.key));
  }
  return complete;
}

}  // namespace fas::config
