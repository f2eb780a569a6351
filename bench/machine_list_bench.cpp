// How long it takes to read the reply of `list machines`, which every tick of every app does.
#include <benchmark/benchmark.h>

#include <string>

#include "fly/machine.h"

namespace {

// Of the size that a typical machine has: some 3 kB, most of it events, checks and configuration that are passed over.
std::string machine(int number) {
  const std::string id = std::to_string(10'000'000'000'000 + number);
  std::string env;
  for (int i = 0; i < 20; ++i) env += "\"SETTING_" + std::to_string(i) + "\": \"some value or other\", ";
  std::string events;
  for (int i = 0; i < 8; ++i) {
    events +=
        R"({"id": "01HX5K6W", "type": "start", "status": "started", "source": "user", "timestamp": 1709210096000,)"
        R"( "request": {"restart_count": 0}}, )";
  }
  return R"({"id": ")" + id +
         R"(", "name": "quiet-night-1", "state": "started", "region": "fra",)"
         R"( "instance_id": "01HX5K6W", "private_ip": "fdaa:0:1::3", "created_at": "2024-02-29T12:34:56Z",)"
         R"( "updated_at": "2024-02-29T12:34:57Z", "host_status": "ok", "image_ref": {"registry": "registry.fly.io",)"
         R"( "repository": "worker", "tag": "deployment-1", "digest": "sha256:0123456789abcdef"},)"
         R"( "config": {"image": "x", "env": {)" +
         env +
         R"("LAST": "1"}, "guest": {"cpus": 1, "memory_mb": 256},)"
         R"( "metadata": {"fly_process_group": "app"}, "services": [{"autostop": "suspend", "ports": [443]}]},)"
         R"( "events": [)" +
         events + R"({"type": "launch"}], "checks": []})";
}

void parse(benchmark::State& state) {
  std::string list = "[";
  for (int i = 0; i < state.range(0); ++i) list += (i == 0 ? "" : ", ") + machine(i);
  list += "]";
  for (auto _ : state) benchmark::DoNotOptimize(fas::fly::parse_machine_list(list));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(list.size()));
  state.counters["machines/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
}
BENCHMARK(parse)->Arg(1)->Arg(10)->Arg(1000);

void clone(benchmark::State& state) {
  const auto source = fas::fly::parse_machine(machine(1));
  for (auto _ : state) benchmark::DoNotOptimize(fas::fly::clone_request(*source, {.name = "n", .region = "fra"}));
}
BENCHMARK(clone);

}  // namespace
