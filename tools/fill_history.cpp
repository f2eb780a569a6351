// fill-history FOLDER APPS DAYS: a state-dir as a daemon would have left it after that long at 15 s, for benchmarks of
// what reads it. Apps are named app-0001, app-0002, ...; each has a daily wave, and four actions a day.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <string>

#include "control/history_file.h"
#include "control/history_schema.h"
#include "control/sample_chunk.h"
#include "scale/json.h"

namespace {

using namespace fas;
using std::chrono::seconds;

constexpr seconds kInterval{15};
constexpr int kTicksOfChunk = 60;

scale::Samples chunk(WallTime begin, int app) {
  scale::Samples samples{.metrics = {"queue_depth"}, .ticks = {}, .values = {}};
  for (int i = 0; i < kTicksOfChunk; ++i) {
    const WallTime at = begin + kInterval * i;
    const auto second = std::chrono::duration_cast<seconds>(at.time_since_epoch()).count();
    const double day = std::numbers::pi * 2 * static_cast<double>(second % 86'400) / 86'400;
    const double depth = std::floor(40 + 35 * std::sin(day + app) + static_cast<double>((second * 7919 + app) % 11));
    const int wanted = static_cast<int>(std::ceil(depth / 10));
    samples.ticks.push_back({.at = at,
                             .created = 12,
                             .started = wanted,
                             .targets = scale::Targets{.created = {}, .started = {.min = wanted, .max = wanted}}});
    samples.values.push_back(depth);
  }
  return samples;
}

control::HistoryRecord record(const std::string& app, WallTime at, int number) {
  scale::Decision decision;
  decision.at = at;
  decision.current = {.created = 12, .started = 4, .stopped = 8};
  decision.observations.push_back({.metric = "queue_depth", .value = 61.0});
  decision.computed = decision.targets = scale::Targets{.created = {}, .started = {.min = 7, .max = 7}};
  decision.plan.action = number % 2 == 0 ? scale::ActionKind::kStart : scale::ActionKind::kStop;
  decision.plan.count = 3;
  decision.plan.reason = "4 started or on the way, at least 7 wanted";
  return {.app = app,
          .at = at,
          .action = std::string(scale::to_string(decision.plan.action)),
          .count = 3,
          .ok = true,
          .decision = scale::to_json(decision).dump()};
}

int fill(const std::string& folder, int apps, int days) {
  std::filesystem::create_directories(folder);
  auto file = control::HistoryFile::open(folder + "/" + control::kHistoryFileName, {});
  if (!file) {
    fmt::print(stderr, "{}\n", file.error().message);
    return 1;
  }
  const WallTime now = std::chrono::system_clock::now();
  const WallTime begin = now - std::chrono::hours(24) * days;
  std::uint64_t ticks = 0;
  for (int app = 1; app <= apps; ++app) {
    const std::string name = fmt::format("app-{:04}", app);
    control::HistoryBatch batch{.records = {}, .chunks = {}, .memories = {}, .now = now};
    int number = 0;
    for (WallTime at = begin; at + kInterval * kTicksOfChunk < now; at += kInterval * kTicksOfChunk) {
      const scale::Samples samples = chunk(at, app);
      batch.chunks.push_back({.app = name,
                              .begin = samples.ticks.front().at,
                              .end = samples.ticks.back().at,
                              .data = control::encode_samples(samples),
                              .complete = true});
      if (number++ % 24 == 0) batch.records.push_back(record(name, at, number / 24));
      ticks += samples.ticks.size();
    }
    if (Result<void> written = file->write(batch); !written) {
      fmt::print(stderr, "{}\n", written.error().message);
      return 1;
    }
  }
  const auto bytes = std::filesystem::file_size(folder + "/" + control::kHistoryFileName);
  fmt::print("{} apps, {} ticks, {} MiB, {:.1f} bytes a tick\n", apps, ticks, bytes >> 20U,
             static_cast<double>(bytes) / static_cast<double>(ticks));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "fill-history FOLDER APPS DAYS\n");
    return 2;
  }
  return fill(argv[1], std::atoi(argv[2]), std::atoi(argv[3]));
}
