// The cases that the reference implementation's outputs make; see tests/conformance/expr/README.md.
#include <gtest/gtest.h>

#include "tools/expr_cases.h"

namespace fas::tools {
namespace {

constexpr int kShownFailures = 20;

TEST(Conformance, AgreesWithTheReference) {
  const std::filesystem::path paths[] = {FAS_SOURCE_DIR "/tests/conformance/expr"};
  const auto cases = ExprCases::load(paths);
  ASSERT_TRUE(cases) << cases.error().message;
  ASSERT_GT(cases->cases().size(), 5000U);
  expr::Machine machine;
  int failures = 0;
  for (const auto& subject : cases->cases()) {
    for (const bool as_float : {false, true}) {
      const auto& expected = as_float ? subject.as_float : subject.plain;
      const auto got = evaluate(subject, cases->environment(subject.environment), as_float, machine);
      if (same_outcome(expected, got) || ++failures > kShownFailures) continue;
      ADD_FAILURE() << subject.group << (as_float ? " as float: " : ": ") << subject.source << "\nexpected " << expected
                    << "\ngot " << got;
    }
  }
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace fas::tools
