#include <gtest/gtest.h>

#include "tests/simulation/campaign.h"
#include "tests/simulation/minimise.h"

namespace fas::simulation {
namespace {

TEST(Simulation, AHundredSeedsBreakNoRule) {
  silence_log();
  const Campaign campaign = run_seeds(1, 100, 2);
  EXPECT_EQ(campaign.seeds, 100U);
  EXPECT_GT(campaign.acts, 1000U);
  for (const Failure& failure : campaign.failures) {
    ADD_FAILURE() << explain(failure);
    break;
  }
}

TEST(Simulation, TheSameSeedIsTheSameRun) {
  silence_log();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Report once = run(make_scenario(seed));
    const Report again = run(make_scenario(seed), {.trace = true});
    EXPECT_EQ(once.hash, again.hash) << "seed " << seed;
    EXPECT_EQ(once.ticks, again.ticks);
    EXPECT_NE(once.hash, run(make_scenario(seed + 1000)).hash);
  }
}

}  // namespace
}  // namespace fas::simulation
