#include "sim/reply.h"

#include <utility>

namespace fas::sim {

using Json = nlohmann::ordered_json;

net::ServerResponse text_reply(int status, std::string json) {
  net::ServerResponse response;
  response.status = status;
  response.body = std::move(json);
  return response;
}

net::ServerResponse json_reply(int status, const Json& body) {
  return text_reply(status, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

net::ServerResponse refusal_reply(const Refusal& refusal) {
  net::ServerResponse response = json_reply(refusal.status, {{"error", refusal.message}});
  if (refusal.retry_after > 0) response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after));
  return response;
}

net::ServerResponse ok_reply() { return text_reply(200, R"({"ok":true})"); }

}  // namespace fas::sim
