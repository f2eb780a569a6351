// Replies of the JSON API, and what the browser is told with them.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "net/http_server.h"

namespace fas::serve {

using Json = nlohmann::ordered_json;

// Texts from outside may hold anything; what is not UTF-8 is replaced.
std::string dump(const Json& json);

net::ServerResponse json_reply(int status, const Json& body);
net::ServerResponse error_reply(int status, std::string_view what);  // {"error": what}
net::ServerResponse error_reply(const Error& error);                 // with the status for its kind

// What every reply has: nothing from elsewhere may run in our pages, and they stand in nobody's frame.
void add_security_headers(net::ServerResponse& response);

}  // namespace fas::serve
