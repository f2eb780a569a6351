#include "control/lag.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "control/log.h"

namespace fas::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class LagTest : public testing::Test {
 protected:
  void SetUp() override {
    set_log_sink([](std::string_view line, void* self) { static_cast<LagTest*>(self)->lines_.emplace_back(line); },
                 this);
  }
  void TearDown() override { set_log_sink(nullptr, nullptr); }

  // The lines that it wrote.
  std::vector<std::string> see(Duration at, Duration late, Duration interval = seconds(15)) {
    lines_.clear();
    lag_.see(late, {.apps = 100, .concurrency = 1, .interval = interval}, TimePoint{} + at);
    return lines_;
  }
  static bool says(const std::vector<std::string>& lines, std::string_view what) {
    return lines.size() == 1 && lines[0].find(what) != std::string::npos;
  }

  Lag lag_;
  std::vector<std::string> lines_;
};

TEST_F(LagTest, OneLineWhenItBeginsOneAMinuteAndOneWhenItIsOver) {
  EXPECT_TRUE(see(seconds(1), seconds(5)).empty());
  EXPECT_TRUE(see(seconds(15), seconds(3)).empty()) << "a little better is not over";
  EXPECT_FALSE(lag_.behind());
  EXPECT_TRUE(says(see(seconds(16), seconds(15)), R"("level":"WARN","msg":"falling behind:)"));
  EXPECT_TRUE(lag_.behind());
  EXPECT_TRUE(see(seconds(75), seconds(40)).empty());
  EXPECT_TRUE(
      says(see(seconds(76), seconds(41)), R"("still behind","behind_seconds":41.0,"apps":100,"concurrency":1)"));
  EXPECT_TRUE(see(seconds(77), seconds(42)).empty());
  EXPECT_TRUE(see(seconds(80), seconds(2)).empty()) << "better, but since when?";
  EXPECT_TRUE(see(seconds(90), seconds(3)).empty()) << "and worse again";
  EXPECT_TRUE(see(seconds(100), seconds(0)).empty());
  EXPECT_TRUE(see(seconds(114), seconds(0)).empty());
  EXPECT_TRUE(lag_.behind());
  EXPECT_TRUE(says(see(seconds(115), seconds(0)), R"("no longer behind","lasted_seconds":99.0)"));
  EXPECT_FALSE(lag_.behind());
  EXPECT_TRUE(see(seconds(116), seconds(15)).empty());
  EXPECT_TRUE(says(see(seconds(131), seconds(15)), "falling behind")) << "and it may begin again";
}

TEST_F(LagTest, TheRushOfAStartIsNotSaid) {
  EXPECT_TRUE(see(seconds(5), seconds(5)).empty());
  EXPECT_TRUE(see(seconds(10), seconds(10)).empty());
  EXPECT_TRUE(see(seconds(11), seconds(0)).empty());
  EXPECT_TRUE(see(seconds(26), seconds(5)).empty());
  EXPECT_FALSE(lag_.behind());
}

TEST_F(LagTest, AShortIntervalCountsAsASecond) {
  EXPECT_TRUE(see(seconds(1), milliseconds(330), milliseconds(50)).empty());
  EXPECT_TRUE(see(seconds(2), milliseconds(334), milliseconds(50)).empty());
  EXPECT_TRUE(see(milliseconds(2999), milliseconds(334), milliseconds(50)).empty());
  EXPECT_EQ(see(seconds(3), milliseconds(334), milliseconds(50)).size(), 1U);
}

TEST_F(LagTest, WhenToLookThoughNothingHappens) {
  const TimePoint oldest = TimePoint{} + seconds(100);
  EXPECT_EQ(lag_.next_look(oldest, seconds(15)), oldest + seconds(5));
  see(seconds(105), seconds(5));
  EXPECT_EQ(lag_.next_look(oldest, seconds(15)), TimePoint{} + seconds(120));
  see(seconds(120), seconds(20));
  EXPECT_EQ(lag_.next_look(oldest, seconds(15)), TimePoint{} + seconds(120) + minutes(1));
}

}  // namespace
}  // namespace fas::control
