// How fast policies are replayed: 30 days at 15 s, open and closed loop.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "backtest/replay.h"
#include "config/config.h"

namespace fas::backtest {
namespace {

constexpr std::size_t kTicks = 172'800;
constexpr Duration kStep = std::chrono::seconds(15);

// A daily wave of jobs that wait, with noise on it.
scale::Samples month() {
  scale::Samples samples;
  samples.metrics = {"queue_depth"};
  for (std::size_t i = 0; i < kTicks; ++i) {
    samples.ticks.push_back({.at = WallTime(std::chrono::duration_cast<WallTime::duration>(kStep * i))});
    const double day = static_cast<double>(i) / 5760;
    samples.values.push_back(
        std::floor(250 - 240 * std::cos(2 * 3.14159265 * day) + static_cast<double>(i * 7919 % 40)));
  }
  return samples;
}

constexpr std::string_view kPlain = "started-machine-count: \"ceil(queue_depth / 20)\"\n";
constexpr std::string_view kShaped =
    "started-machine-count: \"min(max(ceil(queue_depth / 20), 2), 40)\"\n"
    "scale-up: { policies: [{ type: \"machines\", value: 4, period: \"60s\" }] }\n"
    "scale-down: { stabilization-window: \"5m\" }\n"
    "schedule:\n- { cron: \"0 8 * * 1-5\", duration: \"10h\", min-started: 3 }\n";

CandidatePolicy candidate(std::string_view policy) {
  const std::string yaml =
      "app-name: \"worker\"\nmetric-collectors:\n"
      "- { type: \"http\", metric-name: \"queue_depth\", url: \"http://m/depth\" }\n" +
      std::string(policy);
  const auto none = [](std::string_view) { return std::nullopt; };
  auto config = config::load_text(yaml, "bench.yml", none, config::Purpose::kEvaluate);
  auto made = config ? make_candidate("bench", *config, {}) : std::unexpected(config.error());
  if (made) return std::move(*made);
  std::fprintf(stderr, "%s\n", made.error().message.c_str());
  std::abort();
}

void run(benchmark::State& state, std::string_view policy, const ReplayOptions& options) {
  const scale::Samples samples = month();
  const CandidatePolicy tried = candidate(policy);
  for (auto _ : state) benchmark::DoNotOptimize(replay(tried, samples, options));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTicks));
}

void open_loop(benchmark::State& state) { run(state, kPlain, {}); }
BENCHMARK(open_loop)->Unit(benchmark::kMillisecond);

void open_loop_shaped(benchmark::State& state) { run(state, kShaped, {}); }
BENCHMARK(open_loop_shaped)->Unit(benchmark::kMillisecond);

void closed_loop(benchmark::State& state) {
  ReplayOptions options{.closed = true};
  Load load{.queue_metric = "queue_depth", .service_rate = 0.2};
  for (int hour = 0; hour < 720; ++hour) {
    load.rates.steps.push_back(
        {.from = std::chrono::hours(hour), .per_second = 1 - std::cos(2 * 3.14159265 * hour / 24)});
  }
  load.rates.end = std::chrono::hours(720);
  options.load = std::move(load);
  run(state, kPlain, options);
}
BENCHMARK(closed_loop)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace fas::backtest
