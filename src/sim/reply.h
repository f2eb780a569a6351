// Replies of the simulated APIs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "net/http_server.h"
#include "sim/refusal.h"

namespace fas::sim {

net::ServerResponse json_reply(int status, const nlohmann::ordered_json& body);
net::ServerResponse text_reply(int status, std::string json);
net::ServerResponse refusal_reply(const Refusal& refusal);
net::ServerResponse ok_reply();  // {"ok": true}

}  // namespace fas::sim
