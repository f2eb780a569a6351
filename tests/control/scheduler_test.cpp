#include "control/scheduler.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace fas::control
