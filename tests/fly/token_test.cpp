#include "fly/token.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fas::fly {
namespace {

TEST(Token, EachApiGetsItsOwnHeader) {
  struct Case {
    std::string token;
    std::string machines;
    std::string graphql;
  };
  const std::vector<Case> cases = {
      {"abc", "Bearer abc", "Bearer abc"},
      {"fo1_abc", "Bearer fo1_abc", "Bearer fo1_abc"},
      {"fm2_abc", "FlyV1 fm2_abc", "FlyV1 fm2_abc"},
      {"fm1r_a,fm1a_b", "FlyV1 fm1r_a,fm1a_b", "FlyV1 fm1r_a,fm1a_b"},
      {"FlyV1 fm2_a, fm2_b", "FlyV1 fm2_a,fm2_b", "FlyV1 fm2_a,fm2_b"},
      {"  bearer  FLYV1 Bearer fm2_a ", "FlyV1 fm2_a", "FlyV1 fm2_a"},
      {"Bearer x,y", "Bearer x,y", "Bearer x,y"},
      {"fo1_u,fm2_m", "FlyV1 fm2_m", "FlyV1 fm2_m,fo1_u"},
      {"fo1_u,,fm2_m,", "FlyV1 fm2_m", "FlyV1 fm2_m,fo1_u"},
      {"fm2", "Bearer fm2", "Bearer fm2"},
      {"fm2x_a", "Bearer fm2x_a", "Bearer fm2x_a"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(machines_authorization(c.token), c.machines) << c.token;
    EXPECT_EQ(graphql_authorization(c.token), c.graphql) << c.token;
  }
}

}  // namespace
}  // namespace fas::fly
