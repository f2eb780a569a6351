// The source `redis`: how long queues are that live in Redis, Valkey, KeyDB or Dragonfly. redis_kind.cpp has its
// fields, redis_query.h what they ask.
#pragma once

#include <memory>

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind redis_kind();

Result<std::unique_ptr<Source>> make_redis(const SourceContext& context, const Settings& settings);

}  // namespace fas::metrics
