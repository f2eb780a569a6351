#include "base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace fas {
namespace {

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
}

TEST(Trim, BothEnds) {
  EXPECT_EQ(trim(" \t x y\n"), "x y");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Wildcard, Table) {
  struct Case {
    std::string_view pattern, text;
    bool matches;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"worker", "worker", true},
           {"worker", "worker-1", false},
           {"worker-*", "worker-1", true},
           {"worker-*", "worker-", true},
           {"*-eu-*", "a-eu-b-eu-c", true},
           {"*", "", true},
           {"**x", "aax", true},
           {"a*b*c", "a-b-b-c", true},
           {"a*b*c", "a-c-b", false},
           {"a.c", "abc", false},
       }) {
    EXPECT_EQ(matches_wildcard(c.pattern, c.text), c.matches) << c.pattern << " ~ " << c.text;
  }
}

TEST(Nearest, SuggestsTheLikelyMisspelling) {
  constexpr std::array<std::string_view, 3> kNames = {"queue_depth", "interval", "started-machine-count"};
  EXPECT_EQ(nearest("queue_dpeth", kNames), "queue_depth");
  EXPECT_EQ(nearest("Interval", kNames), "interval");
  EXPECT_EQ(nearest("started-machines-count", kNames), "started-machine-count");
  EXPECT_EQ(nearest("cpu", kNames), std::nullopt);
}

}  // namespace
}  // namespace fas
