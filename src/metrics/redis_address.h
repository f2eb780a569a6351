// Addresses of Redis servers: redis://USER:PASSWORD@HOST:PORT/DB, or rediss:// for TLS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fas::metrics {

struct RedisAddress {
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 6379;
  bool use_tls = false;
  std::string user;      // empty: the default user
  std::string password;  // empty: no authentication
  std::int64_t database = 0;

  // "host:port", for messages.
  std::string printable() const;
};

// User and password are percent-decoded; a query behind the database is ignored. Errors: kInvalid, which never quote
// the address.
Result<RedisAddress> parse_redis_address(std::string_view text);

// The same with several hosts, as in redis://a:7000,b:7000; `port` is theirs where none is written.
Result<std::vector<RedisAddress>> parse_redis_addresses(std::string_view text, std::uint16_t port = 6379);

}  // namespace fas::metrics
