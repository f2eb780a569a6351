#include "coordination/rendezvous.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace fas::coordination {
namespace {

std::vector<Member> members(const std::vector<std::string>& names) {
  std::vector<Member> made;
  for (const std::string& name : names) made.push_back({.name = name, .address = {}, .lease = {}});
  return made;
}

std::map<std::string, std::string> spread(const std::vector<Member>& among) {
  std::map<std::string, std::string> owners;
  for (int i = 0; i < 3000; ++i) {
    const std::string app = "app-" + std::to_string(i);
    owners[app] = preferred(among, app)->name;
  }
  return owners;
}

TEST(Rendezvous, NobodyHasAnythingWhereNobodyIs) { EXPECT_EQ(preferred({}, "app"), nullptr); }

TEST(Rendezvous, AllHaveAFairShare) {
  std::map<std::string, int> shares;
  for (const auto& [app, owner] : spread(members({"a", "b", "c"}))) ++shares[owner];
  for (const auto& [name, share] : shares) EXPECT_NEAR(share, 1000, 100) << name;
  EXPECT_EQ(shares.size(), 3);
}

TEST(Rendezvous, OnlyTheShareOfWhoComesOrGoesMoves) {
  const auto before = spread(members({"a", "b", "c"}));
  const auto after = spread(members({"a", "c"}));
  for (const auto& [app, owner] : before) {
    if (owner != "b") {
      EXPECT_EQ(after.at(app), owner) << app;
    }
  }
}

TEST(Rendezvous, TheOrderOfTheMembersDoesNotMatter) {
  EXPECT_EQ(spread(members({"a", "b", "c"})), spread(members({"c", "a", "b"})));
}

// Members of two versions share a group while one replaces the other.
TEST(Rendezvous, TheAnswerIsTheSameInEveryVersion) {
  EXPECT_EQ(affinity("a", "app-1"), 8238588065506234858U);
  EXPECT_EQ(affinity("148e2d2f0d1b89", "worker"), 11364903973535959069U);
}

}  // namespace
}  // namespace fas::coordination
