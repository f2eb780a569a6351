// Parameters, their points, the front, and conditions.
#include "backtest/sweep.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string_view>
#include <vector>

#include "backtest/condition.h"

namespace fas::backtest {
namespace {

TEST(Sweep, Ranges) {
  const auto range = parse_sweep("per=5..20:5");
  ASSERT_TRUE(range) << range.error().message;
  EXPECT_EQ(range->name, "per");
  EXPECT_EQ(range->values, (std::vector<double>{5, 10, 15, 20}));
  EXPECT_EQ(parse_sweep("a=1..3")->values.size(), 3U);
  EXPECT_EQ(parse_sweep("a=0..1:0.1")->values.size(), 11U);
  EXPECT_EQ(parse_sweep("a=-2..-1:0.5")->values.front(), -2);
  EXPECT_EQ(parse_sweep("a=1..1")->values.size(), 1U);
  for (const std::string_view bad :
       {"", "per", "per=", "per=5", "per=5..", "per=..5", "per=9..5", "per=1..5:0", "per=1..5:-1", "per=1..x", "=1..5",
        "5=1..5", "p r=1..5", "per=1..Inf", "per=0..1:0.00001", "..=1"}) {
    EXPECT_FALSE(parse_sweep(bad)) << bad;
  }
}

TEST(Sweep, Constants) {
  const auto constant = parse_constant("per=2.5");
  ASSERT_TRUE(constant);
  EXPECT_EQ(constant->first, "per");
  EXPECT_EQ(constant->second, 2.5);
  for (const std::string_view bad : {"", "per", "per=", "per=x", "=3", "per=NaN"})
    EXPECT_FALSE(parse_constant(bad)) << bad;
}

TEST(Sweep, PointsAreEveryCombination) {
  const std::vector<SweepRange> ranges = {{"a", {1, 2}}, {"b", {10, 20, 30}}};
  const auto points = sweep_points(ranges);
  ASSERT_TRUE(points);
  ASSERT_EQ(points->size(), 6U);
  EXPECT_EQ(name_of(points->front()), "a=1, b=10");
  EXPECT_EQ(name_of(points->back()), "a=2, b=30");
  const std::vector<SweepRange> many(3, {"a", std::vector<double>(100)});
  EXPECT_FALSE(sweep_points(many));
}

TEST(Sweep, RunsEachPointOnce) {
  std::vector<std::atomic<int>> runs(1000);
  run_side_by_side(runs.size(), [&](std::size_t i) { ++runs[i]; });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
  run_side_by_side(0, [](std::size_t) { FAIL(); });
}

TEST(Sweep, TheFrontIsWhatNothingBeats) {
  const std::vector<CostAndWait> points = {{1, 10}, {2, 5}, {2, 6}, {3, 5}, {4, 1}, {1, 12}};
  EXPECT_EQ(pareto_front(points), (std::vector<bool>{true, true, false, false, true, false}));
  EXPECT_TRUE(pareto_front({}).empty());
  EXPECT_EQ(pareto_front(std::vector<CostAndWait>(2)), (std::vector<bool>{true, false})) << "one of equals";
}

Outline outline() {
  Outline outline{.closed = true, .machine_hours = 100, .cost = 12.5, .peak = 8, .events = 40};
  outline.slo = 0.034;
  outline.wait_p95 = 42;
  return outline;
}

TEST(Condition, HoldsOrNot) {
  struct Case {
    std::string text;
    bool holds;
  };
  for (const Case& c : std::vector<Case>{{"slo > 0.01", true},
                                         {"slo > 0.05", false},
                                         {"cost > 10 && peak >= 8", true},
                                         {"wait_p95 > 60 or events > 100", false},
                                         {"machine_hours == 100", true}}) {
    const auto condition = Condition::compile(c.text);
    ASSERT_TRUE(condition) << condition.error().message;
    const auto holds = condition->holds(outline());
    ASSERT_TRUE(holds) << holds.error().message;
    EXPECT_EQ(*holds, c.holds) << c.text;
  }
  EXPECT_EQ(Condition::compile("slo > 0.01 && cost > 1")->values(outline()), "cost = 12.5, slo = 0.034");
}

TEST(Condition, Refusals) {
  const auto unknown = Condition::compile("slow > 0.01");
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("unknown name slow; did you mean slo?"), std::string::npos)
      << unknown.error().message;
  const auto number = Condition::compile("cost + 1");
  EXPECT_TRUE(!number || !number->holds(outline()));
  Outline open;
  const auto waits = Condition::compile("wait_p95 > 1")->holds(open);
  ASSERT_FALSE(waits);
  EXPECT_NE(waits.error().message.find("waits need -closed"), std::string::npos);
}

}  // namespace
}  // namespace fas::backtest
