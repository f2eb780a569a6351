// Whatever a Redis, or what stands in its place, answers, in whatever pieces: no crash, a bounded message.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "metrics/redis_address.h"
#include "metrics/redis_query.h"
#include "metrics/redis_redirect.h"

namespace {

using fas::metrics::RedisQuery;
using fas::metrics::Settings;

RedisQuery query_of(unsigned char which) {
  Settings settings;
  if (which % 3 == 0) settings.values.emplace("key", std::string("k"));
  if (which % 3 == 1) {
    settings.values.emplace("stream", std::string("s"));
    settings.values.emplace("consumer-group", std::string("g"));
  }
  if (which % 3 == 2) {
    Settings queue;
    queue.values.emplace("kind", std::string("sidekiq"));
    queue.values.emplace("name", std::string("q"));
    queue.values.emplace("value", std::string("latency"));
    settings.values.emplace("queue", std::make_shared<const Settings>(queue));
  }
  return *RedisQuery::make(settings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto address = fas::metrics::parse_redis_addresses(bytes);
      !address && address.error().message.size() > 200) {
    std::abort();
  }
  if (const auto to = fas::metrics::parse_redirection(bytes); to && (to->slot >= 16384 || to->port == 0)) std::abort();
  if (fas::metrics::redis_slot(bytes) >= 16384) std::abort();
  const RedisQuery query = query_of(data[0]);
  const std::size_t piece = 1U + data[1];
  bytes.remove_prefix(2);
  fas::metrics::RedisReplyReader reader;
  while (!bytes.empty()) {
    if (!reader.feed(bytes.substr(0, piece))) return 0;
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto reply = reader.next();
      if (!reply) return 0;
      if (!*reply) break;
      std::string empty;
      const auto reading = query.read({std::move(**reply)}, "app", {}, true, empty);
      if (!reading && reading.error().message.size() > 1500) std::abort();
    }
  }
  return 0;
}
