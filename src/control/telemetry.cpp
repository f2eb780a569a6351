#include "control/telemetry.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <variant>

namespace fas::control {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Histogram;

constexpr std::array<std::string_view, 5> kCountedStates = {"created", "started", "coming_up", "stopped", "suspended"};

// From a cached reply on loopback to a tick that its timeout ended.
const Histogram::BucketBoundaries kSeconds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

std::string status_label(bool ok) { return ok ? "ok" : "failed"; }

}  // namespace

Telemetry::Registry Telemetry::make_registry() {
  return std::make_shared<prometheus::Registry>(prometheus::Registry::InsertBehavior::Merge);
}

Telemetry::Telemetry(Registry registry)
    : registry_(std::move(registry)),
      starts_(
          BuildCounter().Name("fas_machine_start_count").Help("Machines started, by outcome.").Register(*registry_)),
      stops_(BuildCounter().Name("fas_machine_stop_count").Help("Machines stopped, by outcome.").Register(*registry_)),
      creates_(
          BuildCounter().Name("fas_machine_create_count").Help("Machines created, by outcome.").Register(*registry_)),
      destroys_(BuildCounter()
                    .Name("fas_machine_destroy_count")
                    .Help("Machines destroyed, by outcome.")
                    .Register(*registry_)),
      reconciles_(
          BuildCounter().Name("fas_reconcile_count").Help("Reconciliations, by what they did.").Register(*registry_)),
      targets_(BuildGauge()
                   .Name("fas_target_machines")
                   .Help("The app's target counts: kind is created or started, bound is min or max.")
                   .Register(*registry_)),
      machines_(BuildGauge()
                    .Name("fas_machines")
                    .Help("The app's machines as the last tick counted them; created counts all of them.")
                    .Register(*registry_)),
      values_(BuildGauge().Name("fas_metric_value").Help("The collected metric's last value.").Register(*registry_)),
      measured_(BuildGauge()
                    .Name("fas_metric_timestamp_seconds")
                    .Help("When the collected metric's last value was measured, in Unix seconds.")
                    .Register(*registry_)),
      collect_seconds_(BuildHistogram()
                           .Name("fas_collector_duration_seconds")
                           .Help("Time to collect a metric.")
                           .Register(*registry_)),
      collect_errors_(BuildCounter()
                          .Name("fas_collector_errors_total")
                          .Help("Collections that gave no value.")
                          .Register(*registry_)),
      api_calls_(BuildCounter()
                     .Name("fas_api_requests_total")
                     .Help("Calls to the Fly APIs by HTTP status; code 0 is no reply.")
                     .Register(*registry_)),
      api_seconds_(BuildHistogram()
                       .Name("fas_api_request_duration_seconds")
                       .Help("Latency of Fly API calls.")
                       .Register(*registry_)),
      tick_seconds_(BuildHistogram()
                        .Name("fas_tick_duration_seconds")
                        .Help("Time of a whole tick of one app.")
                        .Register(*registry_)),
      ticks_(BuildCounter().Name("fas_ticks_total").Help("Ticks, by result: ok or failed.").Register(*registry_)),
      missed_(BuildCounter()
                  .Name("fas_ticks_missed_total")
                  .Help("Ticks that were skipped since the one before began late or was still running.")
                  .Register(*registry_)),
      behind_(BuildGauge()
                  .Name("fas_behind_seconds")
                  .Help("For how long the tick that is furthest behind has been due and not begun; 0 on time.")
                  .Register(*registry_)),
      last_success_(BuildGauge()
                        .Name("fas_last_success_timestamp_seconds")
                        .Help("When the app's last tick without an error ended, in Unix seconds.")
                        .Register(*registry_)),
      waiting_(BuildGauge()
                   .Name("fas_machines_waiting")
                   .Help("Machines that are to be stopped or destroyed and are waited for, being busy.")
                   .Register(*registry_)),
      held_(BuildGauge()
                .Name("fas_held")
                .Help("1 while nothing is done about an app: no target, paused, a release, dry-run, or backing off.")
                .Register(*registry_)),
      apps_(BuildGauge().Name("fas_apps").Help("Apps under this process's care.").Register(*registry_)),
      interval_(BuildGauge()
                    .Name("fas_interval_seconds")
                    .Help("Seconds from one tick of an app to its next, as configured.")
                    .Register(*registry_)),
      reloads_(
          BuildCounter().Name("fas_config_reloads_total").Help("SIGHUP reloads, by outcome.").Register(*registry_)),
      wakes_(BuildCounter()
                 .Name("fas_wakes_total")
                 .Help("News of apps that were pushed here, by source and by what they led to.")
                 .Register(*registry_)),
      history_records_(BuildCounter()
                           .Name("fas_history_records_total")
                           .Help("Decisions for the history on disk: written, or dropped because it failed for long.")
                           .Register(*registry_)),
      history_ok_(BuildGauge()
                      .Name("fas_history_ok")
                      .Help("1 while the history on disk takes what it is given.")
                      .Register(*registry_)),
      group_member_(BuildGauge()
                        .Name("fas_group_member")
                        .Help("1 while this autoscaler's lease in its group is certain to live; 0: it acts on nothing.")
                        .Register(*registry_)),
      group_members_(BuildGauge()
                         .Name("fas_group_members")
                         .Help("Autoscalers of the group that are alive, as this one read last.")
                         .Register(*registry_)),
      group_apps_(BuildGauge()
                      .Name("fas_group_apps_owned")
                      .Help("Apps that this autoscaler owns in its group.")
                      .Register(*registry_)) {
  // What a dashboard divides by must be there before it first happens.
  for (const bool ok : {true, false}) {
    starts_.Add({{"status", status_label(ok)}});
    stops_.Add({{"status", status_label(ok)}});
    creates_.Add({{"status", status_label(ok)}});
    destroys_.Add({{"status", status_label(ok)}});
    reloads_.Add({{"status", status_label(ok)}});
  }
  for (const char* status : {"create", "destroy", "start", "stop", "no_scale"}) {
    reconcile_series_[status] = &reconciles_.Add({{"status", status}});
  }
  missed_.Add({});
  behind_.Add({});
  tick_series_ = &tick_seconds_.Add({}, kSeconds);
  ok_series_ = &ticks_.Add({{"result", status_label(true)}});
  failed_series_ = &ticks_.Add({{"result", status_label(false)}});
  apps_.Add({});
}

Telemetry::AppSeries& Telemetry::series_of(const std::string& app) {
  if (const auto known = series_.find(app); known != series_.end()) return known->second;
  AppSeries& series = series_[app];
  series.targets.resize(4);
  series.waiting = &waiting_.Add({{"app", app}});
  series.held = &held_.Add({{"app", app}});
  return series;
}

void Telemetry::observed(const std::string& app, const scale::Observation& observation, WallTime now) {
  Histogram*& latency = collect_series_[observation.metric];
  if (latency == nullptr) latency = &collect_seconds_.Add({{"metric", observation.metric}}, kSeconds);
  latency->Observe(seconds(observation.latency));
  if (!observation.value) {
    collect_errors_
        .Add({{"metric", observation.metric}, {"kind", std::string(to_string(observation.value.error().kind))}})
        .Increment();
    return;
  }
  const auto labels = [&] { return prometheus::Labels{{"app", app}, {"metric", observation.metric}}; };
  AppSeries::Metric& metric = series_of(app).metrics[observation.metric];
  if (metric.measured == nullptr) metric.measured = &measured_.Add(labels());
  metric.measured->Set(seconds(observation.at.value_or(now).time_since_epoch()));
  const double* number = std::get_if<double>(&*observation.value);
  if (number == nullptr) return;
  if (metric.value == nullptr) metric.value = &values_.Add(labels());
  metric.value->Set(*number);
}

void Telemetry::decided(const std::string& app, const scale::Decision& decision) {
  AppSeries& series = series_of(app);
  if (series.machines.empty()) {
    for (const std::string_view state : kCountedStates) {
      series.machines.push_back(&machines_.Add({{"app", app}, {"state", std::string(state)}}));
    }
  }
  const scale::Counts& counts = decision.current;
  const std::array values = {counts.created, counts.started, counts.coming_up, counts.stopped, counts.suspended};
  for (std::size_t i = 0; i < values.size(); ++i) series.machines[i]->Set(values[i]);
  series.waiting->Set(static_cast<double>(decision.plan.waiting.size()));
  series.held->Set(decision.targets && decision.hold.empty() ? 0 : 1);
  if (!decision.targets) return;
  const scale::Targets& targets = *decision.targets;
  const std::array bounds = {targets.created.min, targets.created.max, targets.started.min, targets.started.max};
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (!bounds[i]) continue;
    prometheus::Gauge*& gauge = series.targets[i];
    if (gauge == nullptr) {
      gauge =
          &targets_.Add({{"app", app}, {"kind", i < 2 ? "created" : "started"}, {"bound", i % 2 == 0 ? "min" : "max"}});
    }
    gauge->Set(*bounds[i]);
  }
}

void Telemetry::reconciled(std::string_view status) {
  const auto known = reconcile_series_.find(status);
  if (known != reconcile_series_.end()) return known->second->Increment();
  reconciles_.Add({{"status", std::string(status)}}).Increment();
}

void Telemetry::acted(scale::ActionKind action, bool ok) {
  const prometheus::Labels labels = {{"status", status_label(ok)}};
  switch (action) {
    case scale::ActionKind::kStart: starts_.Add(labels).Increment(); break;
    case scale::ActionKind::kStop: stops_.Add(labels).Increment(); break;
    case scale::ActionKind::kCreate: creates_.Add(labels).Increment(); break;
    case scale::ActionKind::kDestroy: destroys_.Add(labels).Increment(); break;
    case scale::ActionKind::kNone: break;
  }
}

Telemetry::ApiSeries& Telemetry::api_series(std::string_view api, std::string_view call) {
  for (ApiSeries& series : api_series_) {
    if (series.call == call && series.api == api) return series;
  }
  ApiSeries& series = api_series_.emplace_back(ApiSeries{.api = std::string(api), .call = std::string(call)});
  series.seconds = &api_seconds_.Add({{"api", series.api}, {"call", series.call}}, kSeconds);
  return series;
}

void Telemetry::api_called(std::string_view api, std::string_view call, int http_status,
                           std::chrono::nanoseconds latency) {
  ApiSeries& series = api_series(api, call);
  series.seconds->Observe(seconds(latency));
  auto known = std::ranges::find(series.by_status, http_status, &std::pair<int, prometheus::Counter*>::first);
  if (known == series.by_status.end()) {
    prometheus::Counter& counter =
        api_calls_.Add({{"api", series.api}, {"call", series.call}, {"code", std::to_string(http_status)}});
    known = series.by_status.insert(known, {http_status, &counter});
  }
  known->second->Increment();
}

void Telemetry::tick_ended(const std::string& app, bool ok, std::chrono::nanoseconds duration, WallTime now) {
  tick_series_->Observe(seconds(duration));
  (ok ? ok_series_ : failed_series_)->Increment();
  AppSeries& series = series_of(app);
  if (!ok && series.machines.empty()) series.held->Set(1);  // its machines have never been seen
  if (!ok) return;
  if (series.last_success == nullptr) series.last_success = &last_success_.Add({{"app", app}});
  series.last_success->Set(std::floor(seconds(now.time_since_epoch())));
}

void Telemetry::tick_missed(int intervals) { missed_.Add({}).Increment(intervals); }

void Telemetry::behind(std::chrono::nanoseconds late) { behind_.Add({}).Set(seconds(late)); }

void Telemetry::apps_known(int more) { apps_.Add({}).Increment(more); }

void Telemetry::interval_is(std::chrono::nanoseconds interval) { interval_.Add({}).Set(seconds(interval)); }

void Telemetry::reloaded(bool ok) { reloads_.Add({{"status", status_label(ok)}}).Increment(); }

void Telemetry::woken(std::string_view source, std::string_view result) {
  wakes_.Add({{"source", std::string(source)}, {"result", std::string(result)}}).Increment();
}

void Telemetry::group(bool is_member, std::size_t members, std::size_t owned) {
  group_member_.Add({}).Set(is_member ? 1 : 0);
  group_members_.Add({}).Set(static_cast<double>(members));
  group_apps_.Add({}).Set(static_cast<double>(owned));
}

void Telemetry::history(std::uint64_t written, std::uint64_t dropped, bool ok) {
  const auto raise = [this](const char* result, std::uint64_t total) {
    prometheus::Counter& counter = history_records_.Add({{"result", result}});
    counter.Increment(static_cast<double>(total) - counter.Value());
  };
  raise("written", written);
  raise("dropped", dropped);
  history_ok_.Add({}).Set(ok ? 1 : 0);
}

void Telemetry::forget(const std::string& app) {
  const auto known = series_.find(app);
  if (known == series_.end()) return;
  for (prometheus::Gauge* gauge : known->second.targets) {
    if (gauge != nullptr) targets_.Remove(gauge);
  }
  for (prometheus::Gauge* gauge : known->second.machines) machines_.Remove(gauge);
  for (const auto& [name, metric] : known->second.metrics) {
    if (metric.value != nullptr) values_.Remove(metric.value);
    measured_.Remove(metric.measured);
  }
  waiting_.Remove(known->second.waiting);
  held_.Remove(known->second.held);
  if (known->second.last_success != nullptr) last_success_.Remove(known->second.last_success);
  series_.erase(known);
}

std::string Telemetry::exposition() const { return control::exposition(*registry_); }

std::string exposition(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace fas::control
