// The simulator's /metrics: what a worker fleet would expose of its queue, in the text exposition format.
//
//   sim_queue_depth{app}              jobs that wait
//   sim_queue_oldest_seconds{app}     how long the first of them has waited
//   sim_jobs_busy{app}                jobs being worked off
//   sim_jobs_arrived_total{app}, sim_jobs_completed_total{app}, sim_jobs_requeued_total{app}
//   sim_job_wait_seconds{app}         histogram of the time from arrival to the begin of the work
//   sim_job_wait_max_seconds{app}     the longest such time so far
//   sim_arrival_rate{app}             jobs a second, by the profile now
//   sim_machines{app,state}           machines, for each lasting and passing state that there are any in; always
//   `started` sim_machine_seconds_total{app}    time that machines have run sim_api_requests_total{action,code}
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "sim/route.h"
#include "sim/world.h"

namespace fas::sim {

using RequestCounts = std::map<std::pair<Action, int>, std::uint64_t>;  // by action and status; 0: no reply sent

std::string metrics_page(const World& world, const RequestCounts& requests);

}  // namespace fas::sim
