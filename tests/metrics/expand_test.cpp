#include "metrics/expand.h"

#include <gtest/gtest.h>

namespace fas::metrics {
namespace {

std::optional<std::string> environment(std::string_view name) {
  if (name == "QUEUE") return "mail";
  if (name == "_X9") return "$APP_NAME";
  return std::nullopt;
}

TEST(Template, Table) {
  struct Case {
    std::string_view name, text, expanded;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"empty", "", ""},
           {"none", "sum(up)", "sum(up)"},
           {"plain", R"(depth{app="$APP_NAME"})", R"(depth{app="worker"})"},
           {"braces", R"(depth{app="${APP_NAME}"})", R"(depth{app="worker"})"},
           {"only", "$APP_NAME", "worker"},
           {"twice, side by side", "${APP_NAME}$APP_NAME", "workerworker"},
           {"longest name", "$APP_NAMES", ""},
           {"braces end the name", "${APP_NAME}S", "workerS"},
           {"environment", "a_${QUEUE}_$QUEUE", "a_mail_mail"},
           {"a value is not expanded again", "$_X9", "$APP_NAME"},
           {"unset", "a${NOPE}b$NOPE-c", "ab-c"},
           {"anchors of a regular expression", R"({job=~"^a$|b$"})", R"({job=~"^a$|b$"})"},
           {"groups of label_replace", R"("$1-${2}")", R"("$1-${2}")"},
           {"dollar at the end", "a$", "a$"},
           {"two dollars", "$$APP_NAME", "$worker"},
           {"braces never closed", "a${APP_NAME", "a${APP_NAME"},
           {"empty braces", "a${}b", "a${}b"},
           {"no name in braces", "${a b}", "${a b}"},
           {"a duration", "rate(x[5m])", "rate(x[5m])"},
           {"bytes", "\xff$APP_NAME\xfe", "\xffworker\xfe"},
       }) {
    EXPECT_EQ(Template(c.text, environment).expand("worker"), c.expanded) << c.name;
  }
}

TEST(Template, EachAppGetsItsOwn) {
  const Template query("depth:$APP_NAME", environment);
  EXPECT_EQ(query.expand("a"), "depth:a");
  EXPECT_EQ(query.expand("b"), "depth:b");
  EXPECT_FALSE(query.is_constant());
  EXPECT_TRUE(Template("depth:$QUEUE", environment).is_constant());
}

TEST(Template, WithoutAnEnvironmentOnlyTheAppIsFilledIn) {
  EXPECT_EQ(Template("$QUEUE ${NOPE}x $APP_NAME $1", EnvironmentLookup()).expand("a"), "$QUEUE ${NOPE}x a $1");
}

TEST(Template, ReadsTheEnvironmentOfTheProcess) {
  ASSERT_EQ(setenv("FAS_TEST_EXPAND", "seen", 1), 0);
  EXPECT_EQ(Template("<$FAS_TEST_EXPAND>").expand("a"), "<seen>");
  unsetenv("FAS_TEST_EXPAND");
}

}  // namespace
}  // namespace fas::metrics
