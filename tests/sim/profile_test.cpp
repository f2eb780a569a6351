#include "sim/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fas::sim {
namespace {

using namespace std::chrono_literals;

TEST(Profile, Rates) {
  struct Case {
    const char* text;
    Duration time;
    double rate;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"none", 10s, 0},
           {"", 10s, 0},
           {"constant:5", 0s, 5},
           {"constant:0.25", 1h, 0.25},
           {"step:2,20@60s,5@2m", 0s, 2},
           {"step:2,20@60s,5@2m", 59s, 2},
           {"step:2,20@60s,5@2m", 60s, 20},
           {"step:2,20@60s,5@2m", 10h, 5},
           {"step:7@10s", 9s, 0},
           {"step:7@10s", 10s, 7},
           {"spike:base=2,peak=50,at=20s,for=10s", 19s, 2},
           {"spike:base=2,peak=50,at=20s,for=10s", 20s, 50},
           {"spike:base=2,peak=50,at=20s,for=10s", 30s, 2},
           {"spike:base=2,peak=50,at=20s,for=10s", 80s, 2},
           {"spike:base=2,peak=50,at=20s,for=10s,every=1m", 80s, 50},
           {"spike:peak=50,for=10s", 0s, 50},
           {"wave:min=1,max=21,period=24h", 0s, 1},
           {"wave:min=1,max=21,period=24h", 12h, 21},
           {"wave:min=1,max=21,period=24h", 6h, 11},
           {"wave:min=1,max=21,period=24h,phase=6h", 6h, 1},
           {"wave:max=4", 12h, 4},
       }) {
    const auto profile = Profile::parse(c.text);
    ASSERT_TRUE(profile.has_value()) << c.text << ": " << profile.error().message;
    EXPECT_NEAR(profile->rate_at(c.time), c.rate, 1e-9) << c.text << " at " << format_duration(c.time);
  }
}

TEST(Profile, RefusesWhatItCannotRead) {
  for (const char* text :
       {"ramp:1", "constant", "constant:", "constant:-1", "constant:nan", "constant:1e9", "step:1,2@0s", "step:1,2@-5s",
        "step:1@-5s", "step:1,2", "step:1,2@5s,3@5s", "spike:base=1", "spike:peak=5", "spike:peak=5,for=0s",
        "spike:peak=5,for=10", "spike:peak=5,for=1s,max=3", "wave:min=1", "wave:max=x", "wave:max"}) {
    const auto profile = Profile::parse(text);
    ASSERT_FALSE(profile.has_value()) << text;
    EXPECT_EQ(profile.error().kind, ErrorKind::kInvalid) << text;
    EXPECT_THAT(profile.error().message, testing::StartsWith("workload profile: ")) << text;
  }
}

TEST(Profile, Trace) {
  const auto profile = Profile::from_csv("seconds,jobs\r\n# night\r\n10,1.5\r\n\r\n20, 3\r\n20.5,0\r\n");
  ASSERT_TRUE(profile.has_value()) << profile.error().message;
  EXPECT_EQ(profile->rate_at(9s), 0);
  EXPECT_EQ(profile->rate_at(10s), 1.5);
  EXPECT_EQ(profile->rate_at(20s), 3);
  EXPECT_EQ(profile->rate_at(21s), 0);
}

TEST(Profile, TraceErrorsNameTheLine) {
  for (const auto& [csv, message] : std::initializer_list<std::pair<const char*, const char*>>{
           {"0,1\n0,2\n", "trace line 2: want \"seconds,jobs_per_second\" with rising seconds"},
           {"0,1\nx,2\n", "trace line 2: want \"seconds,jobs_per_second\" with rising seconds"},
           {"t,r\n1\n", "trace line 2: want \"seconds,jobs_per_second\" with rising seconds"},
           {"", "trace: no line of \"seconds,jobs_per_second\""}}) {
    const auto profile = Profile::from_csv(csv);
    ASSERT_FALSE(profile.has_value()) << csv;
    EXPECT_EQ(profile.error().message, message);
  }
}

}  // namespace
}  // namespace fas::sim
