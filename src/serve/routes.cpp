#include "serve/routes.h"

#include <string_view>
#include <utility>

#include "serve/reply.h"
#include "serve/web_assets.h"

namespace fas::serve {
namespace {

namespace asio = boost::asio;

net::ServerResponse readiness_reply(const Readiness& state) {
  if (!state.ready) return json_reply(503, {{"status", "not ready"}, {"reason", state.reason}});
  if (!state.note.empty()) return json_reply(200, {{"status", "ok"}, {"note", state.note}});
  return json_reply(200, {{"status", "ok"}});
}

bool takes_gzip(const net::ServerRequest& request) {
  return request.header("Accept-Encoding").find("gzip") != std::string_view::npos;
}

net::ServerResponse asset_reply(const net::ServerRequest& request, const WebAsset& asset) {
  net::ServerResponse response;
  response.content_type = asset.content_type;
  response.headers.emplace_back("ETag", asset.etag);
  response.headers.emplace_back("Vary", "Accept-Encoding");
  response.headers.emplace_back("Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.header("If-None-Match") == asset.etag) {
    response.status = 304;
    return response;
  }
  const bool gzip = !asset.gzip.empty() && takes_gzip(request);
  if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
  response.body = gzip ? asset.gzip : asset.body;
  return response;
}

asio::awaitable<net::ServerResponse> metrics(const Pages& pages) {
  Result<std::string> page = co_await pages.exposition();
  if (!page) co_return error_reply(page.error());
  net::ServerResponse response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = std::move(*page);
  co_return response;
}

asio::awaitable<net::ServerResponse> reply(const Pages& pages, const net::ServerRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    net::ServerResponse response = error_reply(405, "only GET is answered here");
    response.headers.emplace_back("Allow", "GET, HEAD");
    co_return response;
  }
  if (request.path == "/metrics") {
    net::ServerResponse response = co_await metrics(pages);
    co_return response;
  }
  // Alive: the loop answers. Ready: all of them do, and it is known which apps are ours.
  if (request.path == "/healthz") co_return json_reply(200, {{"status", "ok"}});
  if (request.path == "/readyz") {
    const Readiness state = co_await pages.readiness();
    co_return readiness_reply(state);
  }
  if (const WebAsset* asset = find_web_asset(request.path)) co_return asset_reply(request, *asset);
  co_return error_reply(
      404, "no such page; there are /metrics, /healthz, /readyz, /api/v1/openapi.json and the dashboard at /");
}

}  // namespace

net::Handler make_routes(Pages pages) {
  return [pages = std::move(pages)](const net::ServerRequest& request) -> asio::awaitable<net::ServerResponse> {
    net::ServerResponse response;
    if (request.path.starts_with("/api/")) {
      response = co_await pages.api(request);
    } else {
      response = co_await reply(pages, request);
    }
    add_security_headers(response);
    co_return response;
  };
}

}  // namespace fas::serve
