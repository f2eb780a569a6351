// The part of the control API that changes apps and their machines; control_routes.h has the list of calls.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "net/http_server.h"
#include "sim/route.h"
#include "sim/world.h"

namespace fas::sim {

// `route.rest` begins with "apps"; `body` is an object.
net::ServerResponse answer_app_control(World& world, const Route& route, std::string_view method,
                                       const nlohmann::ordered_json& body);

}  // namespace fas::sim
