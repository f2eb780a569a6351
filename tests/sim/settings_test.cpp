// Spreads, regions and fault rules: the small texts that the simulator is set up with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/faults.h"
#include "sim/rate_limits.h"
#include "sim/regions.h"
#include "sim/spread.h"

namespace fas::sim {
namespace {

using namespace std::chrono_literals;

TEST(Spread, SamplesLieWhereTheyShould) {
  struct Case {
    const char* text;
    Duration low, high;
    double mean_ms;
  };
  for (const Case& c : std::initializer_list<Case>{{"50ms", 50ms, 50ms, 50},
                                                   {"20ms..80ms", 20ms, 80ms, 50},
                                                   {"exp:40ms", 0ms, 2s, 40},
                                                   {"lognormal:40ms,0.5", 1ms, 2s, 45.3}}) {
    const auto spread = Spread::parse(c.text);
    ASSERT_TRUE(spread.has_value()) << spread.error().message;
    EXPECT_EQ(spread->text(), c.text);
    Random random(3);
    double sum = 0;
    for (int i = 0; i < 10'000; ++i) {
      const Duration sample = spread->sample(random);
      ASSERT_GE(sample, c.low) << c.text;
      ASSERT_LE(sample, c.high) << c.text;
      sum += static_cast<double>(sample.count()) / 1e6;
    }
    EXPECT_NEAR(sum / 10'000, c.mean_ms, 2) << c.text;
  }
}

TEST(Spread, RefusesWhatItCannotRead) {
  for (const char* text :
       {"", "fast", "50", "-1ms", "80ms..20ms", "20ms..", "exp:", "lognormal:40ms", "lognormal:40ms,-1"}) {
    EXPECT_FALSE(Spread::parse(text).has_value()) << text;
  }
}

TEST(Regions, CapacityAndNames) {
  Regions regions({"iad", "fra"});
  ASSERT_TRUE(regions.set_capacity("iad=1").has_value());
  EXPECT_TRUE(regions.take("iad").has_value());
  const auto full = regions.take("iad");
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().status, 422);
  EXPECT_THAT(full.error().message, testing::HasSubstr("insufficient resources available in region iad"));
  regions.give_back("iad");
  EXPECT_TRUE(regions.take("iad").has_value());
  EXPECT_TRUE(regions.take("fra").has_value());
  EXPECT_EQ(regions.take("lhr").error().status, 422);
  for (const char* text : {"iad", "iad=", "iad=x", "=3", "iad=-1"}) EXPECT_FALSE(regions.set_capacity(text)) << text;
}

TEST(RateLimits, BurstThenOneASecond) {
  RateLimits limits;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limits.take("start", "a/1", 0s)) << i;
  EXPECT_EQ(limits.take("start", "a/1", 0s), 1s);
  EXPECT_FALSE(limits.take("start", "a/2", 0s)) << "another machine has its own";
  EXPECT_FALSE(limits.take("stop", "a/1", 0s)) << "another action has its own";
  EXPECT_EQ(limits.take("start", "a/1", 400ms), 600ms);
  EXPECT_FALSE(limits.take("start", "a/1", 1s));
  EXPECT_TRUE(limits.take("start", "a/1", 1s));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limits.take("get", "a/1", 0s)) << i;
  EXPECT_EQ(limits.take("get", "a/1", 0s), 200ms);
  limits.enable(false);
  EXPECT_FALSE(limits.take("get", "a/1", 0s));
}

TEST(Faults, RulesStrikeByActionAppAndCount) {
  Faults faults{Random(1)};
  faults.add({.kind = FaultKind::kResetAfter, .action = "create", .app = "work*", .count = 2});
  const Route create{.action = Action::kCreate, .app = "worker"};
  EXPECT_FALSE(faults.draw({.action = Action::kList, .app = "worker"}));
  EXPECT_FALSE(faults.draw({.action = Action::kCreate, .app = "web"}));
  EXPECT_TRUE(faults.draw(create));
  EXPECT_TRUE(faults.draw(create));
  EXPECT_FALSE(faults.draw(create));
  EXPECT_TRUE(faults.none());
}

TEST(Faults, ChanceIsKeptAndSparesTheControlApi) {
  Faults faults{Random(1)};
  faults.add_mix(0.5);
  int struck = 0;
  for (int i = 0; i < 10'000; ++i) struck += faults.draw({.action = Action::kList}) ? 1 : 0;
  EXPECT_NEAR(struck, 4100, 250);  // 1 - 0.9^5 of five rules of a tenth each
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(faults.draw({.action = Action::kControl}));
}

TEST(Faults, ParsesRules) {
  const auto rule = FaultRule::parse("reset_after:create=0.25");
  ASSERT_TRUE(rule.has_value());
  EXPECT_EQ(rule->kind, FaultKind::kResetAfter);
  EXPECT_EQ(rule->action, "create");
  EXPECT_EQ(rule->rate, 0.25);
  EXPECT_EQ(FaultRule::parse("hang=1")->action, "*");
  for (const char* text : {"", "hang", "hang=2", "explode=1", "hang:list="})
    EXPECT_FALSE(FaultRule::parse(text)) << text;
}

}  // namespace
}  // namespace fas::sim
