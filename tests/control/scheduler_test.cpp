#include "control/scheduler.h"

#include <gtest/gtest.h>

#include <limits>

namespace fas::control {
namespace {

using std::chrono::seconds;

TEST(NextDue, KeepsToTheAppsPlaceInTheInterval) {
  const TimePoint origin{seconds(1000)};
  const Duration interval = seconds(15);
  struct Case {
    const char* name;
    int begin, phase, due;  // seconds after the origin
  };
  for (const Case& c : {Case{"first tick of a lone app", 0, 0, 15}, Case{"second tick", 15, 0, 30},
                        Case{"own place soon after the first tick is skipped", 0, 3, 18},
                        Case{"own place later than half an interval is kept", 0, 10, 10},
                        Case{"a late tick goes back to its place", 34, 0, 45},
                        Case{"too near to the place: the one after", 39, 0, 60}}) {
    EXPECT_EQ(next_due(origin + seconds(c.begin), origin, seconds(c.phase), interval), origin + seconds(c.due))
        << c.name;
  }
}

TEST(TicksAtOnce, AreSharedByTheLoops) {
  config::Config config;
  config.concurrency = 10;
  config.threads = 3;
  EXPECT_EQ(ticks_at_once(config), 4);
  config.concurrency = 1;
  EXPECT_EQ(ticks_at_once(config), 1);
  config.concurrency = std::numeric_limits<int>::max();
  config.threads = 1;
  EXPECT_EQ(ticks_at_once(config), config.concurrency);
}

}  // namespace
}  // namespace fas::control
