#include "fly/rfc3339.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace fas::fly {
namespace {

long long to_ns(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

TEST(Rfc3339, Reads) {
  const std::vector<std::pair<std::string, long long>> cases = {
      {"1970-01-01T00:00:00Z", 0},
      {"2024-02-29T12:34:56Z", 1'709'210'096'000'000'000},
      {"2024-02-29T12:34:56.5Z", 1'709'210'096'500'000'000},
      {"2024-02-29t12:34:56.123456789z", 1'709'210'096'123'456'789},
      {"2024-02-29T12:34:56.1234567891234Z", 1'709'210'096'123'456'789},
      {"2024-02-29T14:34:56+02:00", 1'709'210'096'000'000'000},
      {"2024-02-29T07:04:56-05:30", 1'709'210'096'000'000'000},
      {"1969-12-31T23:59:59Z", -1'000'000'000},
      {"2016-12-31T23:59:60Z", 1'483'228'800'000'000'000},
  };
  for (const auto& [text, ns] : cases) {
    const auto time = parse_rfc3339(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_ns(*time), ns) << text;
  }
}

TEST(Rfc3339, Refuses) {
  for (const std::string text :
       {"", "2024", "2024-02-30T00:00:00Z", "2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-02-29T24:00:00Z",
        "2024-02-29T00:60:00Z", "2024-02-29T00:00:61Z", "2024-02-29T00:00:00", "2024-02-29T00:00:00.Z",
        "2024-02-29T00:00:00Z ", "2024-02-29T00:00:00+2:00", "2024-02-29T00:00:00+24:00", "9999-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z", "20x4-02-29T00:00:00Z", "-024-02-29T00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace fas::fly
