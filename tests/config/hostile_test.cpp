// Files that nobody writes by accident: each ends with a clear error.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/config/support.h"

namespace fas::config {
namespace {

std::string repeat(std::string_view text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

std::string first_line(std::string_view yaml) {
  const std::string error = test::error_of(test::load_yaml(yaml));
  return error.substr(0, error.find('\n'));
}

TEST(Hostile, Brackets) {
  for (const std::string_view open : {"[", "{", "- ", "? ", "{a: ", "[{"}) {
    const std::string error = test::error_of(test::load_yaml("org: " + repeat(open, 100'000)));
    EXPECT_TRUE(error.starts_with("fas.yml:1:")) << open << error;
    EXPECT_EQ(test::error_of(test::load_yaml(repeat(open, 100'000))).substr(0, 10), "fas.yml:1:") << open;
  }
  EXPECT_EQ(test::error_of(test::load_yaml("org: " + repeat("[", 100) + repeat("]", 100))),
            "fas.yml:1:37: nested too deeply");
}

// Ten lists of ten aliases each of the one before: 10^9 texts for whoever follows them all.
TEST(Hostile, AliasBomb) {
  std::string yaml = "regions:\n- &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1) + ", ";
    yaml += "- &a" + std::to_string(i) + " [" + repeat(alias, 9) + alias.substr(0, alias.size() - 2) + "]\n";
  }
  EXPECT_EQ(first_line(yaml), "fas.yml:2:3: regions takes texts, not a list");
}

// A thousand collectors that are all the same large map.
TEST(Hostile, SharedCollectors) {
  std::string yaml = "metric-collectors:\n- &a\n";
  for (int i = 0; i < 10'000; ++i) yaml += "  k" + std::to_string(i) + ": 1\n";
  yaml += repeat("- *a\n", 900);
  const std::string error = test::error_of(test::load_yaml(yaml));
  EXPECT_NE(error.find("too many entries; do aliases repeat one another?"), std::string::npos) << error;
}

TEST(Hostile, CyclesAndMergeBombs) {
  EXPECT_EQ(first_line("&a {<<: *a}\n"), "fas.yml:1:1: << is nested too deeply");
  std::string yaml = "a0: &a0 {x: 1}\n";
  for (int i = 1; i < 9; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1) + ", ";
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: [" + repeat(alias, 20) + "]}\n";
  }
  EXPECT_EQ(first_line(yaml + "<<: *a8\n"), "fas.yml:1:5: << is nested too deeply");
  EXPECT_EQ(first_line(yaml + "<<: *a6\n"), "fas.yml:1:10: too many entries; do aliases repeat one another?");
}

TEST(Hostile, ManyProblemsAreCounted) {
  const std::string error = test::error_of(test::load_yaml(repeat("x: 1\n", 20'000)));
  EXPECT_TRUE(error.ends_with("more")) << error.substr(0, 200);
  EXPECT_LT(error.size(), 10'000U);
}

// What yaml-cpp takes for empty documents without end.
TEST(Hostile, StrayTokens) {
  for (const std::string_view text : {",name: x\n", ",", "# c\n, a\n", "]", "}", "...\n,", "\xEF\xBB\xBF,name"}) {
    const std::string error = test::error_of(test::load_yaml(text));
    EXPECT_TRUE(error.starts_with("fas.yml:")) << text << " -> " << error;
  }
}

TEST(Hostile, Garbage) {
  for (const std::string& text :
       {std::string("<html><body>404</body></html>"), std::string("\0\0\0", 3), std::string("\xFE\xFF\0a", 4),
        std::string("\x7f\x45\x4c\x46\x02\x01"), std::string("%YAML 9.9\n---\n"), std::string("just a text"),
        std::string("[1, 2]"), std::string("!!binary x"), repeat("&a ", 1000), repeat("*", 1000)}) {
    const std::string error = test::error_of(test::load_yaml(text));
    EXPECT_TRUE(error.starts_with("fas.yml:1:")) << text << " -> " << error;
  }
}

TEST(Hostile, LargeFile) {
  EXPECT_EQ(test::error_of(test::load_yaml(std::string((1U << 20U) + 1, '#'))),
            "fas.yml: larger than 1 MiB; is it a configuration file?");
}

TEST(LoadingAFile, FromDisk) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "config_test.yml";
  std::ofstream(path) << "app-name: x\nstarted-machine-count: 2\n";
  const Result<Config> config = load(path.string(), test::environment({}), Purpose::kEvaluate);
  ASSERT_TRUE(config) << test::error_of(config);
  EXPECT_EQ(config->app_name, "x");
  EXPECT_EQ(to_string(config->counts.max_started->origin), path.string() + ":2:24");
  std::filesystem::remove(path);
}

TEST(LoadingAFile, ThatCannotBeRead) {
  EXPECT_EQ(test::error_of(load("/nowhere/fas.yml", test::environment({}), Purpose::kEvaluate)),
            "cannot read /nowhere/fas.yml: No such file or directory; is the path behind -config right?");
  EXPECT_EQ(test::error_of(load("/", test::environment({}), Purpose::kEvaluate)),
            "cannot read /: Is a directory; is the path behind -config right?");
}

}  // namespace
}  // namespace fas::config
