#include <gtest/gtest.h>

#include <sstream>

#include "cli/expr_prompt.h"
#include "cli/expr_session.h"
#include "tests/cli/support.h"

namespace fas::cli {
namespace {

using test::ConfigFile;
using test::run;

TEST(ExprCommand, PrintsTheValue) {
  const struct {
    std::vector<std::string> args;
    const char* out;
  } cases[] = {
      {{"1 + 2"}, "3\n"},
      {{"-set", "queue_depth=41", "ceil(queue_depth / 10)"}, "5\n"},
      {{"-set=x=2", "--set", "y=x * 3", "x + y"}, "8\n"},
      {{"1 + x", "-set", "x=2"}, "3\n"},
      {{"-set", "x=1", "x + y", "--set=y=2"}, "3\n"},
      {{"-set", "x=1", "--", "-x"}, "-1\n"},
      {{"-set", "name=mail", "upper(name)"}, "\"MAIL\"\n"},
      {{"-set", "list=[1, 2, 3]", "sum(list)"}, "6\n"},
      {{"-set", "on=true", "on ? \"yes\" : nil"}, "\"yes\"\n"},
      {{"{a: [1, 2.5, nil]}"}, "{\"a\": [1, 2.5, nil]}\n"},
      {{"\"a\\nb\""}, "\"a\\nb\"\n"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> args{"expr"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const auto result = run(args);
    EXPECT_EQ(result.out, c.out);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.status, 0);
  }
}

TEST(ExprCommand, ReadsNamesAndExpressionFromFiles) {
  const ConfigFile names(
      R"({"queues": [{"queue": "mail", "value": 12}, {"queue": "video", "value": 140}], "workers": 4})");
  const ConfigFile source("sum(queues, .value)\n  / workers\n");
  const auto result = run({"expr", "-env", names.path(), "-f", source.path()});
  EXPECT_EQ(result.out, "38\n");
  EXPECT_EQ(result.err, "");
}

TEST(ExprCommand, ExplainsEachPart) {
  const std::string source = "min(ceil(queue / 10), 3)";
  for (const auto& args : std::vector<std::vector<std::string>>{{"expr", "-set", "queue=41", "-explain", source},
                                                                {"expr", "-set", "queue=41", source, "--explain"},
                                                                {"expr", source, "-explain", "-set=queue=41"}}) {
    const auto result = run(args);
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out,
              "min(ceil(queue / 10), 3) = 3\n"
              "  ceil((queue / 10)) = 5\n"
              "    (queue / 10) = 4.1\n"
              "      queue = 41\n");
  }
}

TEST(ExprCommand, ShowsWhatIsWrong) {
  const auto compile = run({"expr", "-set", "queue=41", "quue + 1"});
  EXPECT_EQ(compile.status, 1);
  EXPECT_EQ(compile.out, "");
  EXPECT_EQ(compile.err, "ERROR: unknown name quue; did you mean queue? (1:1)\nquue + 1\n^\n");

  const auto evaluation = run({"expr", "[1][5]"});
  EXPECT_EQ(evaluation.status, 1);
  EXPECT_NE(evaluation.err.find("index out of range"), std::string::npos) << evaluation.err;

  for (const auto& args : std::vector<std::vector<std::string>>{{"expr", "-env", "/nowhere.json", "1"},
                                                                {"expr", "-f", "/nowhere.expr"},
                                                                {"expr", "-set", "noequals", "1"},
                                                                {"expr", "-set", "1x=1", "1"},
                                                                {"expr", "1", "2"},
                                                                {"expr", "1", "-f", "/nowhere.expr"},
                                                                {"expr", "1", "-explain=yes"},
                                                                {"expr", "-unknown"}}) {
    const auto result = run(args);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.err.substr(0, 7), "ERROR: ");
  }
}

TEST(ExprCommand, HelpIsUsage) {
  const auto help = run({"expr", "-h"});
  EXPECT_EQ(help.status, 2);
  EXPECT_NE(help.out.find("[-env FILE] [-f FILE] [-explain] [EXPRESSION]\n"), std::string::npos) << help.out;
  EXPECT_NE(help.out.find("\n  -explain "), std::string::npos) << help.out;
}

struct Lines {
  bool ok;
  std::string out;
  std::string err;
};

Lines run_session(const std::string& text) {
  std::istringstream in(text);
  std::ostringstream out;
  std::ostringstream err;
  ExprSession session(ExprEnvironment{}, false, out, err);
  const bool ok = run_lines(session, in);
  return {.ok = ok, .out = out.str(), .err = err.str()};
}

TEST(ExprSession, KeepsNames) {
  const auto lines = run_session("x = 41\nlist = [x, 1]\nsum(list)\nx == 41\n:names\n\n");
  EXPECT_TRUE(lines.ok);
  EXPECT_EQ(lines.err, "");
  EXPECT_EQ(lines.out, "42\ntrue\nx = 41\nlist = [41, 1]\n");
}

TEST(ExprSession, GoesOnAfterAnError) {
  const auto lines = run_session("1 +\n:nonsense\n2\n:quit\n3\n");
  EXPECT_FALSE(lines.ok);
  EXPECT_EQ(lines.out, "2\n");
  EXPECT_NE(lines.err.find(":nonsense: unknown command"), std::string::npos);
}

TEST(ExprSession, CompletesNamesAndFunctions) {
  std::ostringstream out;
  ExprEnvironment environment;
  ASSERT_TRUE(environment.add_assignment("find_me=1"));
  const ExprSession session(std::move(environment), false, out, out);
  EXPECT_EQ(session.complete("find"),
            (std::vector<std::string>{"find(", "findIndex(", "findLast(", "findLastIndex(", "find_me"}));
  EXPECT_TRUE(session.complete("zzz").empty());
}

}  // namespace
}  // namespace fas::cli
