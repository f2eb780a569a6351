#include "control/wake.h"

#include <gtest/gtest.h>

namespace fas::control {
namespace {

using std::chrono::milliseconds;

constexpr Duration kInterval = std::chrono::seconds(1);

TimePoint at(int ms) { return TimePoint{milliseconds(ms)}; }

TEST(WakeGate, TheFirstNewsLeadToATickAtOnce) {
  WakeGate gate;
  EXPECT_EQ(gate.due(), std::nullopt);
  EXPECT_EQ(gate.news(at(0), kInterval), at(0));
  EXPECT_EQ(gate.due(), at(0));
}

TEST(WakeGate, NewsBeforeTheTickAreSeenByIt) {
  WakeGate gate;
  gate.news(at(0), kInterval);
  EXPECT_EQ(gate.news(at(1), kInterval), std::nullopt);
  EXPECT_EQ(gate.news(at(5000), kInterval), std::nullopt) << "however long the tick has to wait";
  gate.tick_begins();
  EXPECT_EQ(gate.due(), std::nullopt);
}

TEST(WakeGate, NewsWithinTheIntervalHaveTheirTickAtItsEnd) {
  WakeGate gate;
  gate.news(at(0), kInterval);
  gate.tick_begins();
  EXPECT_EQ(gate.news(at(10), kInterval), at(1000));
  EXPECT_EQ(gate.news(at(20), kInterval), std::nullopt);
  gate.tick_begins();
  EXPECT_EQ(gate.news(at(1001), kInterval), at(2000)) << "a second from wake to wake";
}

TEST(WakeGate, NewsThatTheUsualTickHasSeenLeadToNoOther) {
  WakeGate gate;
  gate.news(at(0), kInterval);
  gate.tick_begins();
  gate.news(at(10), kInterval);
  gate.tick_begins();  // at 500, by the app's own place in the interval
  EXPECT_EQ(gate.due(), std::nullopt);
}

TEST(WakeGate, AfterAWhileNewsCountAtOnceAgain) {
  WakeGate gate;
  gate.news(at(0), kInterval);
  gate.tick_begins();
  EXPECT_EQ(gate.news(at(1000), kInterval), at(1000));
}

TEST(WakeGate, WithoutAnIntervalNoNewsWait) {
  WakeGate gate;
  gate.news(at(0), Duration{0});
  gate.tick_begins();
  EXPECT_EQ(gate.news(at(0), Duration{0}), at(0));
}

}  // namespace
}  // namespace fas::control
