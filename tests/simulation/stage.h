// Where a scenario plays: the platform, the network, the metric, the disk and the calendar, and what its events do to
// them.
#pragma once

#include <list>
#include <map>
#include <string>
#include <vector>

#include "sim/api.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/instance.h"
#include "tests/simulation/metric.h"
#include "tests/simulation/network.h"
#include "tests/simulation/scenario.h"
#include "tests/simulation/timeline.h"

namespace fas::simulation {

inline constexpr std::string_view kApp = "worker";

class Stage {
 public:
  explicit Stage(const Scenario& scenario);

  void begin(const Event& event);
  void end(const Event& event);

  // The world as of now.
  sim::World& world() {
    world_.advance(timeline_.now());
    return world_;
  }
  sim::App& app() { return *app_; }
  Timeline& timeline() { return timeline_; }
  Network& network() { return network_; }
  Disk& disk() { return disk_; }
  const Metric& metric() const { return metric_; }
  Surroundings surroundings() { return {timeline_, network_, disk_, world_.options().epoch, wall_}; }
  Duration wall_offset() const { return wall_.by; }

  // Is it a machine that the policy is for: of its group, no standby?
  static bool in_group(const sim::Machine& machine);

 private:
  void furnish(const Scenario& scenario);
  std::optional<net::ServerResponse> metrics_page(const Exchange& exchange);
  void renew_faults();
  void others(const Event& event);
  void lease(sim::Machine& machine, Duration time);
  // The machines of the group, the event's own choice first.
  std::vector<sim::Machine*> chosen(const Event& event);

  Timeline timeline_;
  sim::World world_;
  sim::Api api_;
  Metric metric_;
  Network network_;
  Disk disk_;
  WallOffset wall_;
  sim::App* app_ = nullptr;
  std::list<const Event*> faults_;  // in force
  int releases_ = 0;
  std::map<const Event*, std::string> down_;  // the machines whose hosts do not answer
};

}  // namespace fas::simulation
