// A test against real redis-servers.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/metrics/real_source.h"
#include "tests/support/redis_server.h"

namespace fas::metrics {

using List = std::vector<std::string>;

class RealRedisTest : public RealSourceTest {
 protected:
  void SetUp() override {
    if (!test::RedisServer::installed()) GTEST_SKIP() << "redis-server is not installed";
  }

  std::unique_ptr<Source> redis(const std::string& address, Settings more) {
    more.values.insert_or_assign("address", address);
    return make("redis", more);
  }
};

}  // namespace fas::metrics
