// How a Redis cluster says where a key is. No I/O here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metrics/redis_reply.h"

namespace fas::metrics {

// The slot of a key, by the cluster specification: CRC16 of it, or of what stands within its first {}.
std::uint16_t redis_slot(std::string_view key);

// The command's key, for its slot; empty where it has none. A wrong guess costs a redirection.
std::string_view key_of(const RedisCommand& command);

struct RedisRedirection {
  bool ask = false;  // for this command only, while the slot moves; else for good
  std::uint16_t slot = 0;
  std::string host;  // empty: that of the node which said so
  std::uint16_t port = 0;
};

// Of an error reply: "MOVED 3999 127.0.0.1:6381" or "ASK 3999 127.0.0.1:6381"; nullopt for any other.
std::optional<RedisRedirection> parse_redirection(std::string_view error);

}  // namespace fas::metrics
