#include "config/expansion.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/config/support.h"

namespace fas::config {
namespace {

const test::Variables kVariables = {{"A", "alpha"}, {"B_2", "two"}, {"TOKEN", "fm2_secret"}, {"LINES", "x\ny\nz"}};

std::string expand(std::string_view text) {
  const Environment environment = test::environment(kVariables);
  const Result<Expansion> expansion = Expansion::make(text, environment);
  return expansion ? expansion->text() : expansion.error().message;
}

TEST(Expansion, Table) {
  struct Case {
    std::string_view name, text, expanded;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"nothing to do", "a: b", "a: b"},
           {"bare", "$A-$B_2.", "alpha-two."},
           {"braces", "x${A}y${B_2}", "xalphaytwo"},
           {"unset is empty", "[$NOPE][${NOPE}]", "[][]"},
           {"the longest name counts", "$Alpha", ""},
           {"no name follows", "foo$ $1 $\" ${} ${1} ${A", "foo$ $1 $\" ${} ${1} ${A"},
           {"default values are not a thing", "${A:-x}", "${A:-x}"},
           {"escaped", "$$A $$", "$A $"},
           {"at the end", "end $A", "end alpha"},
           {"a value is not expanded again", "$LINES", "x\ny\nz"},
       }) {
    EXPECT_EQ(expand(c.text), c.expanded) << c.name;
  }
}

TEST(Expansion, AppNameIsSettledLater) {
  const Environment environment = test::environment({{"APP_NAME", "from-environment"}});
  const Result<Expansion> expansion = Expansion::make("$APP_NAME ${APP_NAME}", environment);
  ASSERT_TRUE(expansion);
  EXPECT_EQ(resolve_app_name(expansion->text(), true, environment), "${APP_NAME} ${APP_NAME}");
  EXPECT_EQ(resolve_app_name(expansion->text(), false, environment), "from-environment from-environment");
}

TEST(Expansion, PlacesAreThoseOfTheOriginal) {
  const Environment environment = test::environment(kVariables);
  const std::string original = "é$A b\n  $LINES c\nd";
  const Result<Expansion> expansion = Expansion::make(original, environment);
  ASSERT_TRUE(expansion);
  const std::string& text = expansion->text();
  ASSERT_EQ(text, "éalpha b\n  x\ny\nz c\nd");
  struct Case {
    std::string_view what;
    int line, column;
    std::string_view variable;
  };
  for (const Case& c : std::initializer_list<Case>{{"é", 1, 1, ""},
                                                   {"pha", 1, 2, "A"},
                                                   {"b", 1, 5, ""},
                                                   {"z", 2, 3, "LINES"},
                                                   {"c", 2, 10, ""},
                                                   {"d", 3, 1, ""}}) {
    const Expansion::Place place = expansion->place(text.rfind(c.what));
    EXPECT_EQ(place.line, c.line) << c.what;
    EXPECT_EQ(place.column, c.column) << c.what;
    EXPECT_EQ(place.variable, c.variable) << c.what;
  }
  EXPECT_EQ(expansion->place(text.size() + 100).line, 3) << "behind the end";
}

TEST(Expansion, ValuesDoNotShowInMessages) {
  const Environment environment = test::environment(kVariables);
  const Result<Expansion> expansion = Expansion::make("x: $TOKEN", environment);
  ASSERT_TRUE(expansion);
  EXPECT_EQ(expansion->redact("a fm2_secret b"), "a $TOKEN b");
  EXPECT_EQ(expansion->redact("m2_secre"), "$TOKEN") << "a part of a value";
  EXPECT_EQ(expansion->redact("harmless"), "harmless");
}

TEST(Expansion, IsBounded) {
  const Environment environment = test::environment({{"BIG", std::string(100'000, 'x')}});
  std::string text;
  for (int i = 0; i < 100; ++i) text += "$BIG ";
  const Result<Expansion> expansion = Expansion::make(text, environment);
  ASSERT_FALSE(expansion);
  EXPECT_EQ(expansion.error().message, "too large once its variables are filled in; most are below 10 KiB");
}

}  // namespace
}  // namespace fas::config
