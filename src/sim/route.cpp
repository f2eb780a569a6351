#include "sim/route.h"

#include <array>
#include <cstddef>
#include <utility>

#include "net/target.h"

namespace fas::sim {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 24> kNames = {
    "list",      "create",     "get",           "update",       "start",        "stop",
    "suspend",   "restart",    "destroy",       "wait",         "cordon",       "uncordon",
    "lease_get", "lease_take", "lease_release", "metadata_get", "metadata_set", "metadata_delete",
    "app_get",   "app_list",   "graphql",       "metrics",      "control",      "unknown"};

struct Verb {
  std::string_view method, word;
  Action action;
};
constexpr std::array<Verb, 14> kVerbs = {{{"POST", "start", Action::kStart},
                                          {"POST", "stop", Action::kStop},
                                          {"POST", "suspend", Action::kSuspend},
                                          {"POST", "restart", Action::kRestart},
                                          {"GET", "wait", Action::kWait},
                                          {"POST", "cordon", Action::kCordon},
                                          {"POST", "uncordon", Action::kUncordon},
                                          {"GET", "lease", Action::kLeaseGet},
                                          {"POST", "lease", Action::kLeaseTake},
                                          {"DELETE", "lease", Action::kLeaseRelease},
                                          {"GET", "metadata", Action::kMetadataGet},
                                          {"POST", "metadata/", Action::kMetadataSet},
                                          {"DELETE", "metadata/", Action::kMetadataDelete},
                                          {"PUT", "metadata/", Action::kMetadataSet}}};

Action verb_action(std::string_view method, std::string_view word) {
  for (const Verb& verb : kVerbs) {
    if (verb.method == method && verb.word == word) return verb.action;
  }
  return Action::kUnknown;
}

Action machine_action(std::string_view method) {
  if (method == "GET") return Action::kGet;
  if (method == "POST") return Action::kUpdate;
  if (method == "DELETE") return Action::kDestroy;
  return Action::kUnknown;
}

// `parts` begins behind /v1.
Route machines_route(std::string_view method, std::vector<std::string> parts) {
  Route route;
  if (parts.size() < 2 || parts[1] != "apps") return route;
  if (parts.size() == 2) {
    if (method == "GET") route.action = Action::kAppList;
    return route;
  }
  route.app = std::move(parts[2]);
  if (parts.size() == 3) {
    if (method == "GET") route.action = Action::kAppGet;
    return route;
  }
  if (parts[3] != "machines" || parts.size() > 7) return route;
  if (parts.size() == 4) {
    if (method == "GET") route.action = Action::kList;
    if (method == "POST") route.action = Action::kCreate;
    return route;
  }
  route.machine = std::move(parts[4]);
  if (parts.size() == 5) {
    route.action = machine_action(method);
  } else if (parts.size() == 6) {
    route.action = verb_action(method, parts[5]);
  } else {
    route.action = verb_action(method, parts[5] + "/");
    route.key = std::move(parts[6]);
  }
  return route;
}

}  // namespace

std::string_view to_string(Action action) { return kNames[static_cast<std::size_t>(action)]; }

Route find_route(std::string_view method, std::string_view path) {
  std::vector<std::string> parts = net::path_segments(path);
  Route route;
  if (parts.empty()) return route;
  if (parts[0] == "v1") return machines_route(method, std::move(parts));
  if (parts[0] == "sim") {
    route.action = Action::kControl;
    parts.erase(parts.begin());
    route.rest = std::move(parts);
  } else if (parts.size() == 1 && parts[0] == "graphql" && method == "POST") {
    route.action = Action::kGraphql;
  } else if (parts.size() == 1 && parts[0] == "metrics" && (method == "GET" || method == "HEAD")) {
    route.action = Action::kMetrics;
  }
  return route;
}

}  // namespace fas::sim
