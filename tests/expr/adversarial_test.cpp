// Expressions that try to take all memory, time or stack; `expr-attacks` shows how long each takes.
#include <gtest/gtest.h>

#include "tools/expr_attacks.h"

namespace fas::tools {

static void PrintTo(const ExprAttack& attack, std::ostream* out) { *out << attack.name; }

namespace {

class Adversarial : public testing::TestWithParam<ExprAttack> {};

TEST_P(Adversarial, EndsWithAnError) {
  const auto diagnostic = attack(GetParam());
  ASSERT_TRUE(diagnostic.has_value());
  EXPECT_FALSE(diagnostic->message.empty());
  EXPECT_LT(to_string(*diagnostic).size(), 5000U) << "an error that nobody can read";
}

std::string attack_name(const testing::TestParamInfo<ExprAttack>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Syntax, Adversarial, testing::ValuesIn(syntax_attacks()), attack_name);
INSTANTIATE_TEST_SUITE_P(Runs, Adversarial, testing::ValuesIn(run_attacks()), attack_name);

}  // namespace
}  // namespace fas::tools
