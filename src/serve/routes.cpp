#include "serve/routes.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace fas::serve {
namespace {

namespace asio = boost::asio;

net::ServerResponse json_reply(int status, const nlohmann::ordered_json& body) {
  net::ServerResponse response;
  response.status = status;
  response.body = body.dump() + "\n";
  return response;
}

net::ServerResponse reply(const Pages& pages, const net::ServerRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    net::ServerResponse response = json_reply(405, {{"error", "only GET is answered here"}});
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (request.path == "/metrics") {
    net::ServerResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = pages.exposition();
    return response;
  }
  // Alive: the loop answers. Ready: it also knows which apps are its own.
  if (request.path == "/healthz") return json_reply(200, {{"status", "ok"}});
  if (request.path == "/readyz") {
    const Readiness state = pages.readiness();
    if (state.ready && !state.note.empty()) return json_reply(200, {{"status", "ok"}, {"note", state.note}});
    if (state.ready) return json_reply(200, {{"status", "ok"}});
    return json_reply(503, {{"status", "not ready"}, {"reason", state.reason}});
  }
  return json_reply(404, {{"error", "no such page; there are /metrics, /healthz and /readyz"}});
}

}  // namespace

net::Handler make_routes(Pages pages) {
  return [pages = std::move(pages)](const net::ServerRequest& request) -> asio::awaitable<net::ServerResponse> {
    co_return reply(pages, request);
  };
}

}  // namespace fas::serve
