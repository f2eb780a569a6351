// The source `redis`: how long queues are that live in Redis, Valkey, KeyDB or Dragonfly. redis_kind.cpp has its
// fields, redis_query.h what they ask.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "metrics/redis_address.h"
#include "metrics/registry.h"

namespace fas::metrics {

SourceKind redis_kind();

// How the fields `address`, `cluster` and `sentinel-master` say who is asked.
struct RedisTarget {
  std::vector<RedisAddress> addresses;
  bool cluster = false;
  std::string sentinel_master;  // empty: the addresses are no sentinels'
};

// Errors: kInvalid when they do not go together.
Result<RedisTarget> redis_target(const Settings& settings);

Result<std::unique_ptr<Source>> make_redis(const SourceContext& context, const Settings& settings);

}  // namespace fas::metrics
