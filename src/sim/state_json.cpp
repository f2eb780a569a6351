#include "sim/state_json.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace fas::sim {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

nlohmann::ordered_json app_state_json(const World& world, const App& app) {
  const Workload& work = app.workload;
  const Workload::Totals& totals = work.totals();
  const double oldest = seconds(work.oldest_wait(world.now()));
  nlohmann::ordered_json machines = nlohmann::ordered_json::object();
  for (const auto& [index, machine] : app.machines) {
    if (machine.state == MachineState::kDestroyed) continue;
    auto& count = machines[std::string(to_string(machine.state))];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  return {{"app", app.name},
          {"queue_depth", work.depth()},
          {"peak_queue_depth", totals.peak_depth},
          {"arrivals", totals.arrivals},
          {"completions", totals.completions},
          {"requeued", totals.requeued},
          {"busy", work.busy()},
          {"arrival_rate", work.options().profile.rate_at(world.now())},
          {"oldest_wait_seconds", oldest},
          {"longest_wait_seconds", std::max(totals.wait_max, oldest)},
          {"mean_wait_seconds", totals.begun == 0 ? 0.0 : totals.wait_sum / static_cast<double>(totals.begun)},
          {"machine_seconds", seconds(world.running_time(app))},
          {"release", app.has_release ? app.release_status : ""},
          {"machines", std::move(machines)}};
}

nlohmann::ordered_json state_json(const World& world) {
  nlohmann::ordered_json apps = nlohmann::ordered_json::array();
  for (const auto& [name, app] : world.apps()) apps.push_back(app_state_json(world, *app));
  return {{"time_seconds", seconds(world.now())}, {"apps", std::move(apps)}};
}

}  // namespace fas::sim
