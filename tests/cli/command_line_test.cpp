#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/support.h"

namespace fas::cli {
namespace {

TEST(CommandLine, UsageAndExitStatusTwo) {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {}, {"help"}, {"-h"}, {"-help"}, {"--help"}, {"-config", "x"}, {"-version"}}) {
    const test::Run run = test::run(args);
    EXPECT_EQ(run.status, 2);
    EXPECT_EQ(run.err, "");
    EXPECT_NE(run.out.find("Usage: fly-autoscaler COMMAND"), std::string::npos);
    for (const Command& command : commands()) {
      EXPECT_NE(run.out.find("  " + std::string(command.name) + " "), std::string::npos) << command.name;
    }
  }
}

TEST(CommandLine, UsageOfACommand) {
  for (const std::string name : {"serve", "eval", "check", "version"}) {
    for (const std::vector<std::string>& args :
         std::vector<std::vector<std::string>>{{name, "-h"}, {name, "--help"}, {"help", name}}) {
      const test::Run run = test::run(args);
      EXPECT_EQ(run.status, 2) << name;
      EXPECT_NE(run.out.find("Usage: fly-autoscaler " + name), std::string::npos) << run.out;
      EXPECT_EQ(run.err, "") << name;
    }
  }
}

struct Failure {
  std::string_view name;
  std::vector<std::string> args;
  std::string_view err;
};

TEST(CommandLine, Failures) {
  for (const Failure& c : std::initializer_list<Failure>{
           {"unknown command", {"dance"}, "ERROR: fly-autoscaler dance: unknown command\n"},
           {"misspelt command", {"serv"}, "ERROR: fly-autoscaler serv: unknown command\ndid you mean \"serve\"?\n"},
           {"help of an unknown command", {"help", "dance"}, "ERROR: fly-autoscaler dance: unknown command\n"},
           {"unknown flag", {"serve", "-x"}, "ERROR: flag provided but not defined: -x\n"},
           {"flag without value", {"eval", "-config"}, "ERROR: flag needs an argument: -config\n"},
           {"an argument", {"check", "fas.yml"}, "ERROR: unexpected argument: fas.yml\n"},
           {"an argument to version", {"version", "x"}, "ERROR: unexpected argument: x\n"},
           {"no such file",
            {"check", "-config", "/nowhere/x.yml"},
            "ERROR: cannot read /nowhere/x.yml: No such file or directory; is the path behind -config right?\n"},
       }) {
    const test::Run run = test::run(c.args);
    EXPECT_EQ(run.status, 1) << c.name;
    EXPECT_EQ(run.err, c.err) << c.name;
    EXPECT_EQ(run.out, "") << c.name;
  }
}

TEST(CommandLine, EveryFormOfTheConfigFlagReachesTheCommand) {
  const test::ConfigFile file("app-name: x\nstarted-machine-count: 1\napi-token: t\n");
  for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{{"-config", file.path()},
                                                                                     {"-config=" + file.path()},
                                                                                     {"--config", file.path()},
                                                                                     {"--config=" + file.path()}}) {
    std::vector<std::string> args = {"check"};
    args.insert(args.end(), flags.begin(), flags.end());
    const test::Run run = test::run(args);
    EXPECT_EQ(run.out, "ok: app x, 0 collectors, 1 expression\n") << run.err;
    EXPECT_EQ(run.status, 0);
  }
}

TEST(Version, OneLine) {
  const test::Run run = test::run({"version"});
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(run.out.starts_with("fly-autoscaler v")) << run.out;
  EXPECT_EQ(run.out.find('\n'), run.out.size() - 1);
}

}  // namespace
}  // namespace fas::cli
