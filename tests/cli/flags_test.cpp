#include "cli/flags.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fas::cli {
namespace {

constexpr Flag kFlags[] = {{.name = "config", .placeholder = "FILE", .help = ""},
                           {.name = "app", .placeholder = "NAME", .help = ""},
                           {.name = "quiet", .placeholder = "", .help = ""}};

// Everything about a result in one line.
std::string show(const Result<ParsedFlags>& parsed) {
  if (!parsed) return parsed.error().message;
  std::string line = parsed->help ? "help " : "";
  for (const auto& [name, value] : parsed->values) line += std::string(name) + "=" + value + " ";
  for (const std::string& argument : parsed->arguments) line += "[" + argument + "] ";
  return line;
}

TEST(Flags, AsGoTakesThem) {
  struct Case {
    std::string_view name;
    std::vector<std::string> args;
    std::string_view shown;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"none", {}, ""},
           {"one dash, space", {"-config", "a.yml"}, "config=a.yml "},
           {"one dash, equals", {"-config=a.yml"}, "config=a.yml "},
           {"two dashes, space", {"--config", "a.yml"}, "config=a.yml "},
           {"two dashes, equals", {"--config=a.yml"}, "config=a.yml "},
           {"empty value", {"-config="}, "config= "},
           {"value with equals", {"-config=a=b"}, "config=a=b "},
           {"value that looks like a flag", {"-config", "-app"}, "config=-app "},
           {"several", {"-config", "a", "--app=b"}, "config=a app=b "},
           {"ends at the first argument", {"x", "-config", "a"}, "[x] [-config] [a] "},
           {"ends at two dashes", {"-app", "b", "--", "-config"}, "app=b [-config] "},
           {"a dash is an argument", {"-", "x"}, "[-] [x] "},
           {"help", {"-h", "-nope"}, "help "},
           {"long help", {"--help"}, "help "},
           {"unknown", {"-nope"}, "flag provided but not defined: -nope"},
           {"misspelt", {"--confg=x"}, "flag provided but not defined: -confg; did you mean -config?"},
           {"no value", {"-config"}, "flag needs an argument: -config"},
           {"switch", {"-quiet", "x"}, "quiet= [x] "},
           {"switch with a value", {"-quiet=x"}, "flag takes no value: -quiet"},
           {"three dashes", {"---config"}, "bad flag syntax: ---config"},
           {"no name", {"-=x"}, "bad flag syntax: -=x"},
       }) {
    EXPECT_EQ(show(parse_flags(c.args, kFlags)), c.shown) << c.name;
  }
}

TEST(Flags, MayFollowArguments) {
  const struct {
    std::vector<std::string> args;
    std::string_view shown;
  } cases[] = {
      {{"x", "-config", "a", "y", "--quiet"}, "config=a quiet= [x] [y] "},
      {{"-app=b", "x", "-", "--", "-config", "y"}, "app=b [x] [-] [-config] [y] "},
      {{"x", "-h"}, "help [x] "},
      {{"x", "-nope"}, "flag provided but not defined: -nope"},
      {{"x", "-config"}, "flag needs an argument: -config"},
  };
  for (const auto& c : cases) EXPECT_EQ(show(parse_flags(c.args, kFlags, FlagOrder::kAnywhere)), c.shown);
}

TEST(Flags, TheLastValueCounts) {
  const std::vector<std::string> args = {"-config=a", "-config=b"};
  const Result<ParsedFlags> parsed = parse_flags(args, kFlags);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->value("config"), "b");
  EXPECT_EQ(parsed->value("app"), "");
}

}  // namespace
}  // namespace fas::cli
