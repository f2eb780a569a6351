// Optimised and unoptimised programs give the same results and the same faults at the same places.
#include <gtest/gtest.h>

#include "tools/expr_cases.h"

namespace fas::tools {
namespace {

std::string outcome(const std::string& source, const ExprEnvironment& environment, bool optimize,
                    expr::Machine& machine) {
  const auto program = expr::compile(source, environment.schema, {.optimize = optimize});
  if (!program) return "compile: " + expr::to_string(program.error());
  const auto value = machine.run(*program, environment.slots);
  return value ? encode_value(*value).dump(-1, ' ', false, Outcome::error_handler_t::replace)
               : "run: " + expr::to_string(value.error());
}

TEST(Optimizer, ChangesNoResult) {
  const std::filesystem::path paths[] = {FAS_SOURCE_DIR "/tests/conformance/expr"};
  const auto cases = ExprCases::load(paths);
  ASSERT_TRUE(cases) << cases.error().message;
  expr::Machine machine;
  machine.set_now({.seconds = 1'700'000'000});
  int differences = 0;
  for (const auto& subject : cases->cases()) {
    const auto& environment = cases->environment(subject.environment);
    const std::string quick = outcome(subject.source, environment, true, machine);
    const std::string plain = outcome(subject.source, environment, false, machine);
    if (quick == plain || ++differences > 20) continue;
    ADD_FAILURE() << subject.source << "\noptimised   " << quick << "\nunoptimised " << plain;
  }
  EXPECT_EQ(differences, 0);
}

}  // namespace
}  // namespace fas::tools
