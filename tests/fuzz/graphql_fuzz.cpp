// The replies that are read as JSON values: GraphQL, leases, errors.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fly/graphql_client.h"
#include "fly/machines_client.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fly = fas::fly;
  namespace net = fas::net;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto reply = fly::parse_graphql(text)) {
    const auto page = fly::read_app_page(*reply);
    if (page) {
      for (const fly::App& app : page->apps) {
        if (app.name.empty()) std::abort();
      }
    }
    for (const auto& app : *reply) static_cast<void>(fly::read_release_in_progress(app));
  }
  constexpr std::size_t kApps = 3;
  if (const auto answers = fly::read_releases(text, kApps); answers && answers->size() != kApps) std::abort();
  static_cast<void>(fly::parse_lease(text));
  net::HttpResponse reply;
  reply.status = 400 + static_cast<int>(size % 200);
  reply.headers = {{"retry-after", text}, {"fly-request-id", text}};
  reply.body = text;
  const fas::Error error = fly::error_of_reply(reply, net::Effect::kChange, fas::WallTime{});
  for (const char c : error.message) {
    if (c < ' ' || c > '~') std::abort();
  }
  return 0;
}
