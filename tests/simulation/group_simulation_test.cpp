#include <gtest/gtest.h>

#include "tests/simulation/campaign.h"
#include "tests/simulation/group_run.h"

namespace fas::simulation {
namespace {

TEST(GroupSimulation, NobodyActsOnAnAppThatAnotherOwns) {
  silence_log();
  std::uint64_t acts = 0;
  std::uint64_t takings = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const GroupReport report = run_group(seed);
    acts += report.acts;
    takings += report.takings;
    ASSERT_FALSE(report.violation) << "seed " << seed << ": " << *report.violation;
  }
  EXPECT_GT(acts, 10'000U);
  EXPECT_GT(takings, 1'000U);
}

TEST(GroupSimulation, TheSameSeedIsTheSameRun) {
  silence_log();
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    EXPECT_EQ(run_group(seed).hash, run_group(seed, /*trace=*/true).hash) << "seed " << seed;
    EXPECT_NE(run_group(seed).hash, run_group(seed + 1000).hash);
  }
}

}  // namespace
}  // namespace fas::simulation
