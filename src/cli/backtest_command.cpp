#include "cli/backtest_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "backtest/columns.h"
#include "backtest/condition.h"
#include "backtest/pictures.h"
#include "backtest/report_json.h"
#include "backtest/resample.h"
#include "backtest/table.h"
#include "base/text.h"
#include "cli/backtest_flags.h"
#include "cli/backtest_recording.h"

namespace fas::cli {
namespace {

using backtest::CandidatePolicy;
using backtest::Outline;

// What is replayed: one configuration's policy, with the name it is shown by.
struct Named {
  std::string name;
  config::Config config;
  config::AppConfig policy;
};

Result<Named> load_policy(std::string name, const std::string& path, const std::string& app,
                          const config::Environment& environment) {
  Result<config::Config> config = config::load(path, environment, config::Purpose::kEvaluate);
  if (!config) return std::unexpected(std::move(config.error()));
  const auto policies = config->policies();
  const auto found = std::ranges::find_if(
      policies, [&](const config::AppConfig& each) { return matches_wildcard(each.app_name, app); });
  const bool is_only = policies.size() == 1 && app.empty();
  if (!is_only && found == policies.end()) {
    return fail(ErrorKind::kInvalid, app.empty() ? "the configuration is for several apps; name one with -app"
                                                 : fmt::format("{}: no policy is for app {}", path, app));
  }
  config::AppConfig policy = is_only ? policies.front() : *found;
  return Named{.name = std::move(name), .config = std::move(*config), .policy = std::move(policy)};
}

std::string stem_of(const std::string& path) {
  return path.empty() ? "environment" : std::filesystem::path(path).stem().string();
}

class Backtest {
 public:
  Backtest(const BacktestRequest& request, const config::Environment& environment)
      : request_(request), environment_(environment) {}

  Result<backtest::Report> run() {
    if (auto done = load(); !done) return std::unexpected(std::move(done.error()));
    if (auto done = prepare(); !done) return std::unexpected(std::move(done.error()));
    if (auto done = run_policies(); !done) return std::unexpected(std::move(done.error()));
    if (auto done = run_sweep(); !done) return std::unexpected(std::move(done.error()));
    return std::move(report_);
  }

  // How many of the report's policies, the first ones, are not fixed counts.
  std::size_t tested() const { return tested_; }

 private:
  Result<void> load() {
    Result<Named> base = load_policy(stem_of(request_.config), request_.config, request_.app, environment_);
    if (!base) return std::unexpected(std::move(base.error()));
    base_ = std::move(*base);
    app_ = request_.app.empty() ? base_.policy.app_name : request_.app;
    const bool needs_app =
        request_.recording == RecordingKind::kHistory || request_.recording == RecordingKind::kPrometheus;
    if (needs_app && request_.app.empty() && base_.policy.wildcard()) {
      return fail(ErrorKind::kInvalid, "the configuration is for several apps; name one with -app");
    }
    for (const auto& [name, path] : request_.policies) {
      Result<Named> other = load_policy(name, path, request_.app, environment_);
      if (!other) return std::unexpected(std::move(other.error()));
      others_.push_back(std::move(*other));
    }
    Result<Recording> recording =
        load_recording(request_, base_.policy, app_, base_.config.interval, base_.config.timeout);
    if (!recording) return std::unexpected(std::move(recording.error()));
    recording_ = std::move(*recording);
    return {};
  }

  // The queue metric that is named, else the policy's only one.
  std::string queue_metric() const {
    if (!request_.queue_metric.empty()) return request_.queue_metric;
    return base_.policy.collectors.size() == 1 ? base_.policy.collectors.front().metric_name : "queue_depth";
  }

  Result<void> prepare() {
    const scale::Samples& recorded = recording_.samples;
    if (auto done = prepare_load(); !done) return done;
    options_.closed = request_.closed;
    options_.slo = request_.slo;
    options_.price = request_.price;
    options_.fleet.boot_time = request_.boot_time;
    options_.fleet.stop_time = request_.stop_time;
    options_.fleet.started = request_.start.value_or(first_started());
    options_.fleet.machines = std::max(request_.machines.value_or(most_created()), options_.fleet.started);
    options_.fleet_may_grow = !request_.machines && most_created() == 0;
    options_.trace = !request_.html.empty() || !request_.svg.empty();

    const bool as_recorded = request_.recording == RecordingKind::kHistory && request_.step == Duration{0};
    const Duration step = request_.step > Duration{0} ? request_.step : base_.config.interval;
    Result<scale::Samples> ticks = as_recorded ? Result<scale::Samples>(recorded) : backtest::resample(recorded, step);
    if (!ticks) return std::unexpected(std::move(ticks.error()));
    ticks_ = std::move(*ticks);
    describe(as_recorded ? backtest::usual_step(ticks_) : step);
    return {};
  }

  Result<void> prepare_load() {
    const scale::Samples& recorded = recording_.samples;
    backtest::Load load{.queue_metric = queue_metric(),
                        .service_rate = request_.service_rate,
                        .rates = {},
                        .even = request_.even,
                        .seed = request_.seed};
    if (request_.closed) {
      const bool knows_arrivals = backtest::has_column(recorded, request_.arrivals);
      if (load.service_rate <= 0) {
        if (!knows_arrivals || !backtest::has_column(recorded, load.queue_metric)) {
          return fail(ErrorKind::kInvalid, "how fast does a machine work? -closed needs -service-rate, jobs a second");
        }
        const Result<double> rate = backtest::fit_service_rate(recorded, load.queue_metric, request_.arrivals);
        if (!rate) return std::unexpected(rate.error());
        load.service_rate = *rate;
      }
      Result<backtest::Rates> rates = knows_arrivals
                                          ? backtest::rates_of_column(recorded, request_.arrivals)
                                          : backtest::fit_rates(recorded, load.queue_metric, load.service_rate);
      if (!rates) return std::unexpected(std::move(rates.error()));
      load.rates = std::move(*rates);
      if (!knows_arrivals) {
        note(
            fmt::format("arrivals are fitted from {} and the machines that ran; for {} of the time the queue was empty "
                        "and half of what they could have done is taken",
                        load.queue_metric, backtest::share_text(load.rates.guessed)));
      }
    }
    options_.load = std::move(load);
    return {};
  }

  int first_started() const {
    for (const scale::Tick& tick : recording_.samples.ticks) {
      if (tick.created > 0 || tick.started > 0) return tick.started;
    }
    return 1;
  }
  int most_created() const {
    int most = 0;
    for (const scale::Tick& tick : recording_.samples.ticks) most = std::max(most, tick.created);
    return most;
  }

  void describe(Duration step) {
    report_.app = app_;
    report_.source = recording_.source;
    report_.begin = ticks_.ticks.front().at;
    report_.end = ticks_.ticks.back().at;
    report_.step = step;
    report_.ticks = ticks_.ticks.size();
    report_.closed = request_.closed;
    report_.service_rate = options_.load->service_rate;
    report_.slo = request_.slo;
    report_.price = request_.price;
    report_.metric = options_.load->queue_metric;
    for (const std::string& text : recording_.notes) note(text);
    if (!options_.trace) return;
    for (const scale::Tick& tick : ticks_.ticks) {
      report_.times.push_back(std::chrono::duration<double>(tick.at.time_since_epoch()).count());
    }
  }

  Result<void> run_policies() {
    std::vector<CandidatePolicy> candidates;
    Result<CandidatePolicy> base = backtest::make_candidate(base_.name, base_.policy, request_.constants);
    // A name that only the sweep gives a value to keeps the configuration's own policy from being one.
    if (!base && request_.sweep.empty()) return std::unexpected(std::move(base.error()));
    if (base) candidates.push_back(std::move(*base));
    for (const Named& other : others_) {
      Result<CandidatePolicy> candidate = backtest::make_candidate(other.name, other.policy, {});
      if (!candidate) return fail_with(other.name, std::move(candidate.error()));
      candidates.push_back(std::move(*candidate));
    }
    tested_ = candidates.size();
    for (const int count : request_.fixed) candidates.push_back(backtest::fixed_candidate(count));
    for (const CandidatePolicy& candidate : candidates) {
      if (candidate.ignores_busy) note(candidate.name + ": busy-metric is not recorded; every machine counts as idle");
    }
    Result<std::vector<Outline>> outlines = replay_all(candidates, options_);
    if (!outlines) return std::unexpected(std::move(outlines.error()));
    for (const Outline& outline : *outlines) note_trouble(outline);
    report_.policies = std::move(*outlines);
    return {};
  }

  Result<void> run_sweep() {
    if (request_.sweep.empty()) return {};
    const auto points = backtest::sweep_points(request_.sweep);
    if (!points) return std::unexpected(points.error());
    std::vector<CandidatePolicy> candidates;
    for (const backtest::Constants& point : *points) {
      backtest::Constants constants = request_.constants;
      for (const auto& [name, value] : point) constants[name] = value;
      Result<CandidatePolicy> candidate = backtest::make_candidate(backtest::name_of(point), base_.policy, constants);
      if (!candidate) return std::unexpected(std::move(candidate.error()));
      candidates.push_back(std::move(*candidate));
    }
    backtest::ReplayOptions options = options_;
    options.trace = false;
    Result<std::vector<Outline>> outlines = replay_all(candidates, options);
    if (!outlines) return std::unexpected(std::move(outlines.error()));
    std::vector<backtest::CostAndWait> costs;
    for (const Outline& outline : *outlines) {
      costs.push_back({.cost = outline.machine_hours, .wait = outline.wait_p95.value_or(outline.slo.value_or(0))});
    }
    const std::vector<bool> front = backtest::pareto_front(costs);
    for (std::size_t i = 0; i < points->size(); ++i) {
      report_.sweep.push_back({.constants = (*points)[i], .outline = std::move((*outlines)[i]), .front = front[i]});
    }
    return {};
  }

  Result<std::vector<Outline>> replay_all(const std::vector<CandidatePolicy>& candidates,
                                          const backtest::ReplayOptions& options) {
    std::vector<Result<Outline>> results(candidates.size());
    backtest::run_side_by_side(candidates.size(),
                               [&](std::size_t i) { results[i] = backtest::replay(candidates[i], ticks_, options); });
    std::vector<Outline> outlines;
    for (Result<Outline>& result : results) {
      if (!result) return std::unexpected(std::move(result.error()));
      outlines.push_back(std::move(*result));
    }
    return outlines;
  }

  void note(std::string text) { report_.notes.push_back(std::move(text)); }
  void note_trouble(const Outline& outline) {
    if (outline.short_ticks > 0) {
      note(
          fmt::format("{}: in {} ticks it wanted to run more than the {} machines that there are; -machines says how "
                      "many there are to be",
                      outline.name, outline.short_ticks, outline.machines));
    }
    if (outline.blind_ticks > 0) {
      note(fmt::format("{}: in {} ticks a metric had no value or an expression failed, and it held what there was",
                       outline.name, outline.blind_ticks));
    }
  }

  const BacktestRequest& request_;
  const config::Environment& environment_;
  std::string app_;
  Named base_;
  std::vector<Named> others_;
  Recording recording_;
  scale::Samples ticks_;
  backtest::ReplayOptions options_;
  backtest::Report report_;
  std::size_t tested_ = 0;
};

Result<void> write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return {};
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (file.flush()) return {};
  return fail(ErrorKind::kUnavailable, fmt::format("cannot write {}: is the folder there, and writable?", path));
}

Result<void> write_pictures(const BacktestRequest& request, const backtest::Report& report) {
  if (auto written = write_file(request.html, request.html.empty() ? "" : html_of(report)); !written) return written;
  return write_file(request.svg, request.svg.empty() ? "" : svg_of(report));
}

// The sentence to fail with; empty: pass.
Result<std::string> verdict(const backtest::Condition& condition, const std::string& text,
                            std::span<const Outline> outlines) {
  if (outlines.empty())
    return fail(ErrorKind::kInvalid, "-fail-if has no policy to look at; give names values by -set");
  for (const Outline& outline : outlines) {
    const Result<bool> holds = condition.holds(outline);
    if (!holds) return std::unexpected(holds.error());
    if (*holds) return fmt::format("-fail-if \"{}\" is true of {}: {}", text, outline.name, condition.values(outline));
  }
  return std::string();
}

}  // namespace

int run_backtest(const Invocation& invocation) {
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, backtest_flags());
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "backtest", kBacktestHelp, backtest_flags());
  const Result<BacktestRequest> request = read_backtest_flags(*flags);
  if (!request) return show_error(invocation.err, request.error().message);
  std::optional<backtest::Condition> condition;
  if (!request->fail_if.empty()) {
    Result<backtest::Condition> compiled = backtest::Condition::compile(request->fail_if);
    if (!compiled) return show_error(invocation.err, compiled.error().message);
    condition = std::move(*compiled);
  }

  Backtest trial(*request, invocation.environment);
  const Result<backtest::Report> report = trial.run();
  if (!report) return show_error(invocation.err, report.error().message);
  constexpr int kIndent = 2;
  invocation.out << (request->json ? backtest::to_json(*report).dump(kIndent) + "\n" : backtest::text_of(*report));
  if (const auto written = write_pictures(*request, *report); !written) {
    return show_error(invocation.err, written.error().message);
  }
  if (!condition) return 0;
  const auto tested = std::span(report->policies).first(trial.tested());
  const Result<std::string> failed = verdict(*condition, request->fail_if, tested);
  if (!failed) return show_error(invocation.err, failed.error().message);
  return failed->empty() ? 0 : show_error(invocation.err, *failed);
}

}  // namespace fas::cli
