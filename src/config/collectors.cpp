#include "config/collectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "config/fields.h"

namespace fas::config {
namespace {

using metrics::Field;
using metrics::FieldKind;
using metrics::SourceKind;

constexpr std::size_t kMaxCollectors = 1000;
constexpr std::string_view kListKey = "metric-collectors";

std::string prefix_of(const std::string& prefix, std::size_t index) {
  return fmt::format("{}{}[{}]: ", prefix, kListKey, index);
}

const SourceKind* find_kind(const CollectorKinds& kinds, std::string_view type) {
  const auto found = std::ranges::find(kinds.kinds, type, &SourceKind::type);
  return found == kinds.kinds.end() ? nullptr : &*found;
}

std::vector<Field> all_fields(const SourceKind& kind, const CollectorKinds& kinds) {
  std::vector<Field> fields = kind.fields;
  fields.insert(fields.end(), kinds.common.begin(), kinds.common.end());
  return fields;
}

// "prometheus" -> "FAS_PROMETHEUS_METRIC_NAME".
std::string metric_name_variable(std::string_view type) {
  std::string name = "FAS_";
  for (const char c : type) name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name + "_METRIC_NAME";
}

// The Go program reads Temporal's own names for these two before its own.
std::string_view older_variable(std::string_view env) {
  if (env == "TEMPORAL_CERT_DATA") return "TEMPORAL_TLS_CERT_DATA";
  if (env == "TEMPORAL_KEY_DATA") return "TEMPORAL_TLS_KEY_DATA";
  return {};
}

std::optional<Written> variable_of(Reading& reading, const Field& field) {
  const bool secret = field.kind == FieldKind::kSecret;
  if (const std::string_view older = older_variable(field.env); !older.empty()) {
    if (auto value = reading.variable(std::string(older), secret)) return value;
  }
  return reading.variable(fmt::format("FAS_{}", field.env), secret, field.expands_app_name);
}

// The field whose variable says that the collector is there; null for a kind that the environment cannot describe.
const Field* announcing_field(const SourceKind& kind) {
  for (const Field& field : kind.fields) {
    if (field.required && !field.env.empty()) return &field;
  }
  return nullptr;
}

std::optional<Collector> read_environment_collector(Reading& reading, const SourceKind& kind) {
  const Field* announcing = announcing_field(kind);
  if (announcing == nullptr) return std::nullopt;
  const std::optional<Written> announced = variable_of(reading, *announcing);
  if (!announced) return std::nullopt;
  Collector collector{.type = std::string(kind.type), .metric_name = {}, .settings = {}, .origin = announced->origin};
  if (auto name = reading.variable(metric_name_variable(kind.type))) collector.metric_name = std::move(name->text);
  for (const Field& field : kind.fields) {
    if (field.env.empty()) continue;
    const std::optional<Written> value = variable_of(reading, field);
    if (!value) continue;
    if (auto read = read_field(reading, field, *value)) {
      collector.settings.values.insert_or_assign(std::string(field.key), std::move(*read));
    }
  }
  return collector;
}

// The text of `key`; what is not a text is a problem.
std::string text_of(Reading& reading, const std::vector<YamlEntry>& entries, std::string_view key,
                    const std::string& prefix) {
  const auto found = std::ranges::find_if(entries, [&](const YamlEntry& e) { return e.key->scalar == key; });
  if (found == entries.end() || found->value->kind == YamlNode::Kind::kNull) return {};
  const std::string name = fmt::format("{}{}", prefix, key);
  if (found->value->kind == YamlNode::Kind::kScalar) return reading.written(*found->value, name).text;
  reading.problem_at(*found->value, fmt::format("{} must be a text, not {}", name, describe(found->value->kind)));
  reading.mark_attempted(name);
  return {};
}

Collector read_collector(Reading& reading, const YamlNode& node, const std::string& prefix,
                         const CollectorKinds& kinds) {
  Collector collector{.type = {}, .metric_name = {}, .settings = {}, .origin = reading.origin(node)};
  if (node.kind != YamlNode::Kind::kMap) {
    reading.problem_at(node, fmt::format("{}must be a map, not {}; write {{type: ..., metric-name: ...}}", prefix,
                                         describe(node.kind)));
    reading.mark_attempted(prefix + "type");
    reading.mark_attempted(prefix + "metric-name");
    return collector;
  }
  std::vector<YamlEntry> entries = reading.entries(node);
  collector.type = text_of(reading, entries, "type", prefix);
  collector.metric_name = text_of(reading, entries, "metric-name", prefix);
  const SourceKind* kind = find_kind(kinds, collector.type);
  if (kind == nullptr) return collector;  // check_collectors() says so; without a type its keys cannot be judged

  const std::vector<Field> fields = all_fields(*kind, kinds);
  std::vector<std::string_view> known = {"type", "metric-name"};
  for (const Field& field : fields) known.push_back(field.key);
  reading.drop_unknown(entries, prefix, known);
  collector.settings = read_settings(reading, entries, fields, prefix);
  return collector;
}

// In the order in which the Go program looks.
void check_collector(Reading& reading, const Collector& collector, const std::string& prefix,
                     const CollectorKinds& kinds) {
  if (collector.metric_name.empty() && !reading.attempted(prefix + "metric-name")) {
    reading.problem(prefix + "metric name required");
  }
  const SourceKind* kind = find_kind(kinds, collector.type);
  if (kind == nullptr) {
    if (reading.attempted(prefix + "type")) return;
    std::vector<std::string_view> types;
    for (const SourceKind& each : kinds.kinds) types.push_back(each.type);
    const Written type{.text = collector.type, .origin = collector.origin, .name = {}};
    reading.problem(collector.type.empty() ? prefix + "type required"
                                           : fmt::format("{}invalid type: {}{}", prefix, reading.quote(type),
                                                         suggestion(collector.type, types)));
    return;
  }
  const bool complete = require_fields(reading, collector.settings, kind->fields, prefix, kind->type);
  // A rule across fields would only repeat what has been said of one of them.
  if (!complete || reading.attempted_below(prefix) || kind->validate == nullptr) return;
  if (const Result<void> valid = kind->validate(collector.settings); !valid) {
    reading.problem(prefix + reading.redact(valid.error().message));
  }
}

}  // namespace

std::vector<Collector> read_environment_collectors(Reading& reading, const CollectorKinds& kinds) {
  std::vector<Collector> collectors;
  for (const SourceKind& kind : kinds.kinds) {
    if (auto collector = read_environment_collector(reading, kind)) collectors.push_back(std::move(*collector));
  }
  return collectors;
}

std::vector<Collector> read_collectors(Reading& reading, const YamlNode& node, const CollectorKinds& kinds,
                                       const std::string& prefix) {
  std::vector<Collector> collectors;
  if (node.kind != YamlNode::Kind::kList) {
    reading.problem_at(node, fmt::format("{} must be a list, not {}; begin each collector with \"- type: ...\"",
                                         kListKey, describe(node.kind)));
    return collectors;
  }
  if (node.items.size() > kMaxCollectors) {
    reading.problem_at(node, fmt::format("{} has more than {} entries", kListKey, kMaxCollectors));
    return collectors;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    collectors.push_back(read_collector(reading, *node.items[i], prefix_of(prefix, i), kinds));
  }
  return collectors;
}

void check_collectors(Reading& reading, const std::vector<Collector>& collectors, const CollectorKinds& kinds,
                      const std::string& prefix) {
  std::map<std::string_view, std::size_t> names;
  for (std::size_t i = 0; i < collectors.size(); ++i) {
    check_collector(reading, collectors[i], prefix_of(prefix, i), kinds);
    const std::string_view name = collectors[i].metric_name;
    if (name.empty()) continue;
    const auto [first, is_new] = names.emplace(name, i);
    if (!is_new) {
      reading.problem(fmt::format("{}metric name \"{}\" is taken by {}[{}]; rename one", prefix_of(prefix, i),
                                  reading.redact(std::string(name)), kListKey, first->second));
    }
  }
}

}  // namespace fas::config
