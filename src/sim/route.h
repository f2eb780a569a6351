// Which call a request is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fas::sim {

enum class Action : std::uint8_t {
  // Machines API
  kList,
  kCreate,
  kGet,
  kUpdate,
  kStart,
  kStop,
  kSuspend,
  kRestart,
  kDestroy,
  kWait,
  kCordon,
  kUncordon,
  kLeaseGet,
  kLeaseTake,
  kLeaseRelease,
  kMetadataGet,
  kMetadataSet,
  kMetadataDelete,
  kAppGet,
  kAppList,
  // The rest
  kGraphql,
  kMetrics,
  kControl,  // everything under /sim
  kUnknown,
};

// "list", "lease_take", ...: what rules for faults, the request log and the metrics call it.
std::string_view to_string(Action action);

struct Route {
  Action action = Action::kUnknown;
  std::string app;
  std::string machine;
  std::string key;                // of metadata
  std::vector<std::string> rest;  // kControl: the segments behind /sim
};

Route find_route(std::string_view method, std::string_view path);

}  // namespace fas::sim
