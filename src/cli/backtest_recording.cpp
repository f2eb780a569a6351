#include "cli/backtest_recording.h"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "backtest/csv.h"
#include "backtest/json_lines.h"
#include "backtest/prometheus_recording.h"
#include "cli/once.h"
#include "control/history_read.h"

namespace fas::cli {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return fail(ErrorKind::kNotFound, fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  }
  return std::move(text).str();
}

Result<Recording> from_file(const BacktestRequest& request) {
  const Result<std::string> text = read_file(request.path);
  if (!text) return std::unexpected(text.error());
  Result<scale::Samples> samples = request.recording == RecordingKind::kCsv
                                       ? backtest::parse_csv(*text, request.path)
                                       : backtest::parse_json_lines(*text, request.path);
  if (!samples) return std::unexpected(std::move(samples.error()));
  return Recording{
      .samples = std::move(*samples), .source = std::filesystem::path(request.path).filename().string(), .notes = {}};
}

WallTime now() { return std::chrono::system_clock::now(); }

Result<Recording> from_history(const BacktestRequest& request, const std::string& app) {
  control::SampleQuery query{.app = app};
  if (request.until) query.until = request.until->at(now());
  if (request.since) query.since = request.since->at(query.until.value_or(now()));
  Result<scale::Samples> samples = control::read_samples(request.path, query);
  if (!samples) return std::unexpected(std::move(samples.error()));
  return Recording{.samples = std::move(*samples), .source = "history of " + app, .notes = {}};
}

Result<Recording> from_prometheus(const BacktestRequest& request, const config::AppConfig& config,
                                  const std::string& app, Duration step, Duration timeout) {
  if (!request.since) {
    return fail(ErrorKind::kInvalid, "from when on? -prometheus needs -since, as in -since 7d");
  }
  // Whole seconds, so that the same question has the same answer.
  WallTime end = std::chrono::floor<std::chrono::seconds>(now());
  if (request.until) end = request.until->at(end);
  const WallTime begin = request.since->at(end);
  if (begin >= end) return fail(ErrorKind::kInvalid, "-since is not before -until");
  constexpr Duration::rep kMost = 10'000'000;
  if ((end - begin) / step >= kMost) {
    return fail(ErrorKind::kInvalid, fmt::format("these are more than {} ticks; take a longer -step", kMost));
  }
  Once once;
  std::vector<config::Collector> collectors = config.collectors;
  Result<backtest::PrometheusRecording> recording = once.run(backtest::record_prometheus(
      &once.context(), std::move(collectors), app, {.from = begin, .to = end, .step = step}, timeout));
  if (!recording) return std::unexpected(std::move(recording.error()));
  return Recording{
      .samples = std::move(recording->samples), .source = "prometheus", .notes = std::move(recording->warnings)};
}

// A file's times count back from its own end.
void cut_file(Recording& recording, const BacktestRequest& request) {
  if (!request.since && !request.until) return;
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  WallTime end = recording.samples.ticks.back().at;
  if (request.until) until = end = request.until->at(end);
  if (request.since) since = request.since->at(end);
  recording.samples = recording.samples.between(since, until);
}

Result<Recording> load(const BacktestRequest& request, const config::AppConfig& config, const std::string& app,
                       Duration step, Duration timeout) {
  switch (request.recording) {
    case RecordingKind::kHistory: return from_history(request, app);
    case RecordingKind::kPrometheus: return from_prometheus(request, config, app, step, timeout);
    default: break;
  }
  Result<Recording> recording = from_file(request);
  if (recording) cut_file(*recording, request);
  return recording;
}

}  // namespace

Result<Recording> load_recording(const BacktestRequest& request, const config::AppConfig& config,
                                 const std::string& app, Duration interval, Duration timeout) {
  const Duration step = request.step > Duration{0} ? request.step : interval;
  Result<Recording> recording = load(request, config, app, step, timeout);
  if (recording && recording->samples.ticks.empty()) {
    return fail(ErrorKind::kNotFound, fmt::format("{} has nothing of that time", recording->source));
  }
  return recording;
}

}  // namespace fas::cli
