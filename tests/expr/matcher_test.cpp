// The quick matcher finds what RE2 finds.
#include "expr/matcher.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <random>
#include <string>

namespace fas::expr {
namespace {

bool re2_finds(const std::string& pattern, const std::string& text) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 expression(pattern, options);
  EXPECT_TRUE(expression.ok()) << pattern << ": the matcher takes what RE2 refuses";
  return re2::RE2::PartialMatch(text, expression);
}

TEST(Matcher, LeavesToRe2WhatItCannotDo) {
  for (const char* pattern :
       {"(a|b)", "a{2}", "\\d", "[[:alpha:]]", "(?i)a", "a|b", "é", "a**", "a^b", "a$b", "[", "*"}) {
    EXPECT_FALSE(Matcher::make(pattern).has_value()) << pattern;
  }
  EXPECT_EQ(Matcher::make("a.c")->found_in("aéc"), std::nullopt);
}

TEST(Matcher, TakesManyRepeatsWithoutPause) {
  std::string pattern;
  for (int i = 0; i < 25; ++i) pattern += "a?";
  pattern += std::string(25, 'a') + "$";
  EXPECT_EQ(Matcher::make(pattern)->found_in(std::string(24, 'a')), false);
  EXPECT_EQ(Matcher::make(pattern)->found_in(std::string(40, 'a')), true);
}

TEST(Matcher, AgreesWithRe2) {
  const unsigned seed = 20240229;
  std::mt19937 random(seed);
  const auto pick = [&](std::string_view from) { return from[random() % from.size()]; };
  int found = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string pattern = random() % 3 == 0 ? "^" : "";
    const std::size_t atoms = random() % 5;
    for (std::size_t i = 0; i < atoms; ++i) {
      switch (random() % 6) {
        case 0: pattern += "."; break;
        case 1: pattern += "[ab]"; break;
        case 2: pattern += "[^a]"; break;
        case 3: pattern += "[a-c]"; break;
        default: pattern += pick("abc");
      }
      if (random() % 2 == 0) pattern += pick("*+?");
    }
    if (random() % 3 == 0) pattern += "$";
    std::string text;
    for (std::size_t i = random() % 7; i > 0; --i) text += pick("abcd\n");
    const auto matcher = Matcher::make(pattern);
    ASSERT_TRUE(matcher) << pattern;
    const bool expected = re2_finds(pattern, text);
    found += expected ? 1 : 0;
    ASSERT_EQ(matcher->found_in(text), expected) << "/" << pattern << "/ in \"" << text << "\", seed " << seed;
  }
  EXPECT_GT(found, 5'000);
  EXPECT_LT(found, 18'000);
}

}  // namespace
}  // namespace fas::expr
