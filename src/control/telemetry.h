// The program's own metrics, as /metrics shows them: the Go program's three names, and what an operator asks for
// besides.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scale/decision.h"

namespace fas::control {

// Used on one loop's thread. Several may share a registry, each for the apps of its loop: what they count adds up.
// Series of an app appear with its first tick and go with forget().
class Telemetry {
 public:
  using Registry = std::shared_ptr<prometheus::Registry>;
  static Registry make_registry();

  explicit Telemetry(Registry registry = make_registry());

  // `now` stands for when it was measured, where the server does not say.
  void observed(const std::string& app, const scale::Observation& observation, WallTime now);
  void decided(const std::string& app, const scale::Decision& decision);
  // `status` of the Go program's fas_reconcile_count: create, destroy, start, stop, no_scale.
  void reconciled(std::string_view status);
  void acted(scale::ActionKind action, bool ok);
  void api_called(std::string_view api, std::string_view call, int http_status, std::chrono::nanoseconds latency);
  void tick_ended(const std::string& app, bool ok, std::chrono::nanoseconds duration, WallTime now);
  void tick_missed(int intervals);
  void behind(std::chrono::nanoseconds late);
  void apps_known(int more);  // fewer: negative
  void interval_is(std::chrono::nanoseconds interval);
  void reloaded(bool ok);
  // Somebody had news of an app: `source` is api, github or postgres; `result` woken, coalesced or unknown.
  void woken(std::string_view source, std::string_view result);
  // Of the group of autoscalers that share apps, as of now.
  void group(bool is_member, std::size_t members, std::size_t owned);
  // Of the history on disk, as of now.
  void history(std::uint64_t written, std::uint64_t dropped, bool ok);
  void forget(const std::string& app);

  const Registry& registry() const { return registry_; }
  std::string exposition() const;

 private:
  struct AppSeries {
    std::vector<prometheus::Gauge*> targets;   // min created, max created, min started, max started; null: not there
    std::vector<prometheus::Gauge*> machines;  // by kCountedStates
    struct Metric {
      prometheus::Gauge* value = nullptr;  // null: a series, which has no one value to show
      prometheus::Gauge* measured = nullptr;
    };
    std::map<std::string, Metric, std::less<>> metrics;
    prometheus::Gauge* last_success = nullptr;
    prometheus::Gauge* waiting = nullptr;
    prometheus::Gauge* held = nullptr;
  };
  AppSeries& series_of(const std::string& app);

  // The series of one call of one API. Looking a series up by its labels costs more than all else that is done with it,
  // so those that every tick needs are kept.
  struct ApiSeries {
    std::string api, call;
    prometheus::Histogram* seconds = nullptr;
    std::vector<std::pair<int, prometheus::Counter*>> by_status;
  };
  ApiSeries& api_series(std::string_view api, std::string_view call);

  Registry registry_;
  prometheus::Family<prometheus::Counter>& starts_;
  prometheus::Family<prometheus::Counter>& stops_;
  prometheus::Family<prometheus::Counter>& creates_;
  prometheus::Family<prometheus::Counter>& destroys_;
  prometheus::Family<prometheus::Counter>& reconciles_;
  prometheus::Family<prometheus::Gauge>& targets_;
  prometheus::Family<prometheus::Gauge>& machines_;
  prometheus::Family<prometheus::Gauge>& values_;
  prometheus::Family<prometheus::Gauge>& measured_;
  prometheus::Family<prometheus::Histogram>& collect_seconds_;
  prometheus::Family<prometheus::Counter>& collect_errors_;
  prometheus::Family<prometheus::Counter>& api_calls_;
  prometheus::Family<prometheus::Histogram>& api_seconds_;
  prometheus::Family<prometheus::Histogram>& tick_seconds_;
  prometheus::Family<prometheus::Counter>& ticks_;
  prometheus::Family<prometheus::Counter>& missed_;
  prometheus::Family<prometheus::Gauge>& behind_;
  prometheus::Family<prometheus::Gauge>& last_success_;
  prometheus::Family<prometheus::Gauge>& waiting_;
  prometheus::Family<prometheus::Gauge>& held_;
  prometheus::Family<prometheus::Gauge>& apps_;
  prometheus::Family<prometheus::Gauge>& interval_;
  prometheus::Family<prometheus::Counter>& reloads_;
  prometheus::Family<prometheus::Counter>& wakes_;
  prometheus::Family<prometheus::Counter>& history_records_;
  prometheus::Family<prometheus::Gauge>& history_ok_;
  prometheus::Family<prometheus::Gauge>& group_member_;
  prometheus::Family<prometheus::Gauge>& group_members_;
  prometheus::Family<prometheus::Gauge>& group_apps_;
  std::map<std::string, AppSeries, std::less<>> series_;
  std::vector<ApiSeries> api_series_;  // a dozen
  std::map<std::string, prometheus::Histogram*, std::less<>> collect_series_;
  std::map<std::string, prometheus::Counter*, std::less<>> reconcile_series_;
  prometheus::Histogram* tick_series_ = nullptr;
  prometheus::Counter* ok_series_ = nullptr;
  prometheus::Counter* failed_series_ = nullptr;
};

// All that is registered, as a page in Prometheus' text format 0.0.4. On any thread.
std::string exposition(const prometheus::Registry& registry);

}  // namespace fas::control
