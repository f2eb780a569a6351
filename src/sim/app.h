// An app of the simulated platform with its machines and its work.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>

#include "base/duration.h"
#include "sim/machine.h"
#include "sim/workload.h"

namespace fas::sim {

struct App {
  App(std::string app_name, std::string org_slug, Workload work)
      : name(std::move(app_name)), org(std::move(org_slug)), workload(std::move(work)) {}

  std::uint32_t index = 0;
  std::string name;
  std::string org;
  std::string id;
  std::string release_status = "complete";  // "running": a release is in progress
  int release_version = 1;
  bool has_release = true;

  std::map<std::uint32_t, Machine> machines;               // by age; destroyed ones are kept for a while
  std::unordered_map<std::string, std::uint32_t> by_id;    // all of them
  std::unordered_map<std::string, std::uint32_t> by_name;  // those not destroyed
  std::deque<std::uint32_t> destroyed;                     // the oldest first
  std::uint32_t next_index = 0;

  Workload workload;
  bool ticking = false;      // a kArrivals event is scheduled
  Duration running_time{0};  // of all machines, those running now up to their `running_since` only
  std::string list;          // the reply to the plain list call
  bool list_valid = false;
  Duration list_made{0};
};

}  // namespace fas::sim
