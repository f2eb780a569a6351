// What an expression costs: compiling it, and one tick's worth of running it.
#include <benchmark/benchmark.h>

#include <vector>

#include "expr/expr.h"
#include "expr/map.h"

namespace fas::expr {
namespace {

constexpr std::string_view kClamp = "min(max(ceil(queue_depth / 10), 1), 50)";
constexpr std::string_view kSeries = "sum(map(filter(series, .labels.queue == \"mail\"), .value))";

struct Environment {
  explicit Environment(std::size_t size) {
    schema.add("queue_depth", TypeKind::kFloat);
    schema.add("series", TypeKind::kArray);
    std::vector<Value> samples;
    for (std::size_t i = 0; i < size; ++i) {
      MapBuilder labels(arena, 1);
      labels.set("queue", Value::string(i % 2 == 0 ? "mail" : "video"));
      MapBuilder sample(arena, 2);
      sample.set("labels", labels.finish());
      sample.set("value", Value::number(static_cast<double>(i)));
      samples.push_back(sample.finish());
    }
    slots = {Value::number(41), Value::array(arena.copy(samples))};
  }

  Arena arena;
  Schema schema;
  std::vector<Value> slots;
};

void compile_clamp(benchmark::State& state) {
  const Environment environment(0);
  for (auto _ : state) benchmark::DoNotOptimize(compile(kClamp, environment.schema, {.as_float = true}));
}
BENCHMARK(compile_clamp);

void run_clamp(benchmark::State& state) {
  const Environment environment(0);
  const auto program = compile(kClamp, environment.schema, {.as_float = true});
  Machine machine;
  for (auto _ : state) benchmark::DoNotOptimize(machine.run_float(*program, environment.slots));
}
BENCHMARK(run_clamp);

void run_series(benchmark::State& state) {
  const Environment environment(static_cast<std::size_t>(state.range(0)));
  const auto program = compile(kSeries, environment.schema, {.as_float = true});
  Machine machine;
  for (auto _ : state) benchmark::DoNotOptimize(machine.run_float(*program, environment.slots));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(run_series)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace fas::expr
