#include "sim/metrics_page.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <iterator>
#include <string_view>

namespace fas::sim {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string label(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

class Page {
 public:
  explicit Page(const World& world) : world_(world) {}

  void family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  // One value of each app.
  void each(std::string_view name, std::string_view type, std::string_view help,
            const std::function<double(const App&)>& value) {
    family(name, type, help);
    for (const auto& [app_name, app] : world_.apps()) {
      fmt::format_to(std::back_inserter(text_), "{}{{app=\"{}\"}} {}\n", name, label(app_name), value(*app));
    }
  }
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  const World& world_;
  std::string text_;
};

void jobs(Page& page, const World& world) {
  page.each("sim_queue_depth", "gauge", "Jobs that wait for a machine.",
            [](const App& app) { return static_cast<double>(app.workload.depth()); });
  page.each("sim_queue_oldest_seconds", "gauge", "How long the first job of the queue has waited.",
            [&](const App& app) { return seconds(app.workload.oldest_wait(world.now())); });
  page.each("sim_jobs_busy", "gauge", "Jobs being worked off.",
            [](const App& app) { return static_cast<double>(app.workload.busy()); });
  page.each("sim_jobs_arrived_total", "counter", "Jobs that have arrived.",
            [](const App& app) { return static_cast<double>(app.workload.totals().arrivals); });
  page.each("sim_jobs_completed_total", "counter", "Jobs that have been worked off.",
            [](const App& app) { return static_cast<double>(app.workload.totals().completions); });
  page.each("sim_jobs_requeued_total", "counter", "Jobs put back because their machine stopped.",
            [](const App& app) { return static_cast<double>(app.workload.totals().requeued); });
  page.each("sim_job_wait_max_seconds", "gauge", "The longest time so far that a job waited for its begin.",
            [](const App& app) { return app.workload.totals().wait_max; });
  page.each("sim_arrival_rate", "gauge", "Jobs a second that the profile lets arrive now.",
            [&](const App& app) { return app.workload.options().profile.rate_at(world.now()); });
}

void waits(Page& page, const World& world) {
  constexpr std::string_view kName = "sim_job_wait_seconds";
  page.family(kName, "histogram", "Time from a job's arrival to the begin of the work on it.");
  for (const auto& [name, app] : world.apps()) {
    const Workload::Totals& totals = app->workload.totals();
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < Workload::kWaitBounds.size(); ++i) {
      sum += totals.wait_buckets[i];
      page.line("{}_bucket{{app=\"{}\",le=\"{}\"}} {}", kName, label(name), Workload::kWaitBounds[i], sum);
    }
    page.line("{}_bucket{{app=\"{}\",le=\"+Inf\"}} {}", kName, label(name), totals.begun);
    page.line("{}_sum{{app=\"{}\"}} {}", kName, label(name), totals.wait_sum);
    page.line("{}_count{{app=\"{}\"}} {}", kName, label(name), totals.begun);
  }
}

void machines(Page& page, const World& world) {
  page.family("sim_machines", "gauge", "Machines by state.");
  for (const auto& [name, app] : world.apps()) {
    std::map<MachineState, int> counts = {{MachineState::kStarted, 0}};
    for (const auto& [index, machine] : app->machines) ++counts[machine.state];
    counts.erase(MachineState::kDestroyed);
    for (const auto& [state, count] : counts) {
      page.line("sim_machines{{app=\"{}\",state=\"{}\"}} {}", label(name), to_string(state), count);
    }
  }
  page.family("sim_machine_jobs", "gauge", "Jobs that a started machine works on: 0 or 1.");
  for (const auto& [name, app] : world.apps()) {
    for (const auto& [index, machine] : app->machines) {
      if (machine.state != MachineState::kStarted) continue;
      page.line("sim_machine_jobs{{app=\"{}\",instance=\"{}\"}} {}", label(name), machine.id,
                app->workload.busy(index) ? 1 : 0);
    }
  }
  page.each("sim_machine_seconds_total", "counter", "Time that machines have run.",
            [&](const App& app) { return seconds(world.running_time(app)); });
}

}  // namespace

std::string metrics_page(const World& world, const RequestCounts& requests) {
  Page page(world);
  jobs(page, world);
  waits(page, world);
  machines(page, world);
  page.family("sim_api_requests_total", "counter", "Requests to the simulated APIs; code 0: no reply was sent.");
  for (const auto& [key, count] : requests) {
    page.line("sim_api_requests_total{{action=\"{}\",code=\"{}\"}} {}", to_string(key.first), key.second, count);
  }
  return page.take();
}

}  // namespace fas::sim
