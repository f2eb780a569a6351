// The control API under /sim, with which tests and the demo look at the simulated world and change it. It knows no
// faults, limits or tokens. Bodies and replies are JSON; a body with an unknown member is refused with 400.
//
//   GET    /sim/state[?app=NAME]        queues, waiting times, machines and their time, by app; see state_json()
//   GET    /sim/requests[?action=&app=&since=NUMBER]       the request log
//   DELETE /sim/requests                                   forgets it
//   GET, DELETE /sim/faults             the rules; without any
//   POST   /sim/faults                  one rule or an array of them: {"kind", "action", "app", "rate", "count",
//                                       "status", "retry_after", "delay"}; kinds and actions as in faults.h and route.h
//   POST   /sim/settings                {"rate_limits", "latency", "create_time", "boot_time", "stop_time",
//                                       "destroy_time", "boot_failure_rate", "stale_list", "name_conflict_status",
//                                       "capacity": {"iad": 10}}
//   POST   /sim/apps                    {"name", "org", "machines", "state", "region", "profile", "service_rate",
//                                       "even"}
//   DELETE /sim/apps/APP
//   POST   /sim/apps/APP/machines       {"count", "name", "region", "state", "config", "host_status"}; replies the
//                                       array
//   POST   /sim/apps/APP/machines/ID    {"state", "host_status", "lease" (seconds, held by somebody else; 0: none)}
//   DELETE /sim/apps/APP/machines/ID    as if it had never been
//   POST   /sim/apps/APP/release        {"status": "running" | "complete" | ...}; {"status": ""}: the app has no
//   release POST   /sim/apps/APP/jobs           {"count"}: so many jobs arrive now POST   /sim/apps/APP/workload
//   {"profile", "service_rate", "even"}
#pragma once

#include "net/http_server.h"
#include "sim/route.h"

namespace fas::sim {

class Api;

net::ServerResponse answer_control(Api& api, const Route& route, const net::ServerRequest& request);

}  // namespace fas::sim
