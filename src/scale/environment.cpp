#include "scale/environment.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "expr/map.h"

namespace fas::scale {
namespace {

using expr::Value;

constexpr std::string_view kStartedCount = "started_machine_count";
constexpr std::string_view kCreatedCount = "created_machine_count";
constexpr std::string_view kCurrent = "current";
constexpr std::string_view kPrevious = "previous";
constexpr std::string_view kMachine = "machine";

Value count_or_nil(const std::optional<int>& count) { return count ? Value::integer(*count) : Value::nil(); }

Value current_value(const Counts& current, expr::Arena& arena) {
  expr::MapBuilder map(arena);
  map.set("started", Value::integer(current.started));
  map.set("created", Value::integer(current.created));
  map.set("stopped", Value::integer(current.stopped));
  map.set("suspended", Value::integer(current.suspended));
  return map.finish();
}

Value previous_value(const std::optional<Targets>& previous, expr::Arena& arena) {
  const Targets targets = previous.value_or(Targets{});
  expr::MapBuilder map(arena);
  map.set("min_started", count_or_nil(targets.started.min));
  map.set("max_started", count_or_nil(targets.started.max));
  map.set("min_created", count_or_nil(targets.created.min));
  map.set("max_created", count_or_nil(targets.created.max));
  return map.finish();
}

Value series_value(const Series& series, expr::Arena& arena) {
  const std::span<Value> points = arena.array<Value>(series.size());
  for (std::size_t i = 0; i < series.size(); ++i) {
    expr::MapBuilder labels(arena, static_cast<std::uint32_t>(series[i].labels.size()));
    for (const auto& [name, text] : series[i].labels) labels.set(name, Value::string(text));
    expr::MapBuilder point(arena, 2);
    point.set("labels", labels.finish());
    point.set("value", Value::number(series[i].value));
    points[i] = point.finish();
  }
  return Value::array(points, expr::ElementKind::kAny);
}

Value metric_value(const Observation& observation, expr::Arena& arena) {
  if (!observation.value) return Value::nil();
  if (const double* number = std::get_if<double>(&*observation.value)) return Value::number(*number);
  return series_value(std::get<Series>(*observation.value), arena);
}

expr::Schema record_of(std::initializer_list<std::string_view> names, expr::Type type) {
  expr::Schema record;
  for (const std::string_view name : names) record.add(name, type);
  return record;
}

}  // namespace

expr::Schema make_schema(std::span<const MetricName> metrics) {
  expr::Schema schema;
  for (const MetricName& metric : metrics) {
    schema.add(metric.name, metric.is_series ? expr::Type::array() : expr::Type(expr::TypeKind::kFloat));
  }
  const auto add = [&schema](std::string_view name, auto&& how) {
    if (!schema.find(name)) how(name);
  };
  add(kStartedCount, [&](auto name) { schema.add(name, expr::TypeKind::kInt); });
  add(kCreatedCount, [&](auto name) { schema.add(name, expr::TypeKind::kInt); });
  add(kCurrent, [&](auto name) {
    schema.add_record(name, record_of({"started", "created", "stopped", "suspended"}, expr::TypeKind::kInt));
  });
  add(kPrevious, [&](auto name) {
    schema.add_record(name, record_of({"min_started", "max_started", "min_created", "max_created"}, expr::Type::any()));
  });
  return schema;
}

std::vector<Value> make_values(const expr::Schema& schema, std::span<const Observation> observations,
                               const Counts& current, const std::optional<Targets>& previous, expr::Arena& arena) {
  std::vector<Value> values(schema.size());
  for (std::size_t slot = observations.size(); slot < values.size(); ++slot) {
    const std::string_view name = schema.field(static_cast<std::uint32_t>(slot)).name;
    if (name == kStartedCount) values[slot] = Value::integer(current.started);
    if (name == kCreatedCount) values[slot] = Value::integer(current.created);
    if (name == kCurrent) values[slot] = current_value(current, arena);
    if (name == kPrevious) values[slot] = previous_value(previous, arena);
  }
  for (std::size_t slot = 0; slot < observations.size() && slot < values.size(); ++slot) {
    values[slot] = metric_value(observations[slot], arena);
  }
  return values;
}

expr::Schema make_rank_schema(std::span<const MetricName> metrics) {
  // A metric by this name would hide what the expression is about.
  std::vector<MetricName> visible(metrics.begin(), metrics.end());
  for (MetricName& metric : visible) {
    if (metric.name == kMachine) metric.name = "metric_machine";
  }
  expr::Schema schema = make_schema(visible);
  expr::Schema record = record_of({"id", "region", "state"}, expr::TypeKind::kString);
  record.add("age", expr::TypeKind::kFloat);
  record.add("busy", expr::TypeKind::kFloat);
  schema.add_record(kMachine, record);
  return schema;
}

Value machine_value(const Machine& machine, std::optional<double> busy, WallTime now, expr::Arena& arena) {
  using Seconds = std::chrono::duration<double>;
  const double age = machine.created_at ? Seconds(now - *machine.created_at).count() : 0;
  expr::MapBuilder map(arena);
  map.set("id", Value::string(machine.id));
  map.set("region", Value::string(machine.region));
  map.set("state", Value::string(to_string(machine.state)));
  map.set("age", Value::number(age));
  map.set("busy", Value::number(busy.value_or(0)));
  return map.finish();
}

}  // namespace fas::scale
