#include "scale/targets.h"

#include <gtest/gtest.h>

#include <climits>
#include <cmath>

namespace fas::scale {
namespace {

TEST(ToCount, RoundsHalfAwayFromZeroAndNeverBelowZero) {
  EXPECT_EQ(to_count(2.4), 2);
  EXPECT_EQ(to_count(2.5), 3);
  EXPECT_EQ(to_count(0.5), 1);
  EXPECT_EQ(to_count(0.49999), 0);
  EXPECT_EQ(to_count(-0.5), 0);
  EXPECT_EQ(to_count(-7), 0);
  EXPECT_EQ(to_count(1e300), INT_MAX);
}

TEST(ToCount, RefusesWhatIsNoNumber) {
  EXPECT_EQ(to_count(NAN).error().message, "expression returned NaN");
  EXPECT_EQ(to_count(INFINITY).error().message, "expression returned Inf");
  EXPECT_EQ(to_count(-INFINITY).error().message, "expression returned Inf");
}

}  // namespace
}  // namespace fas::scale
