// Every command of docs/backtest.md runs, prints what the page shows, and ends with the status that it says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "tests/cli/support.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::cli {
namespace {

struct PageCommand {
  std::string line;
  int status = 0;
  std::string output;  // empty: the page shows none
};

// The commands of the page's sh blocks, a line that ends with a backslash going on in the next. One that is meant to
// fail has the comment `# exit status 1`. A text block shows what the command before it prints.
std::vector<PageCommand> commands_of(const std::string& page) {
  std::vector<PageCommand> commands;
  std::string_view block;  // its first line; empty: none
  std::string line;
  for (const std::string_view part : split(page, '\n')) {
    if (part.starts_with("```")) {
      block = block.empty() ? part : "";
      continue;
    }
    if (block == "```text" && !commands.empty()) commands.back().output.append(part).append("\n");
    if (block != "```sh") continue;
    line += part;
    if (line.ends_with('\\')) {
      line.back() = ' ';
      continue;
    }
    PageCommand command{.line = std::exchange(line, "")};
    if (const std::size_t comment = command.line.find(" # exit status "); comment != std::string::npos) {
      command.status = std::stoi(command.line.substr(comment + 15));
      command.line.resize(comment);
    }
    if (!trim(command.line).empty()) commands.push_back(std::move(command));
  }
  return commands;
}

// At blanks, and 'as they are' within single quotes.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool quoted = false;
  bool begun = false;
  for (const char c : line) {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c == ' ' && !quoted) {
      begun = false;
      continue;
    }
    if (!begun) words.emplace_back();
    begun = true;
    if (c != '\'') words.back() += c;
  }
  return words;
}

// The page's commands run where the examples are, and leave their files there.
class Place {
 public:
  Place() : before_(std::filesystem::current_path()) {
    std::filesystem::create_directories(folder_.path() / "examples");
    std::filesystem::copy(std::string(FAS_SOURCE_DIR) + "/examples/backtest", folder_.path() / "examples/backtest");
    std::filesystem::current_path(folder_.path());
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { std::filesystem::current_path(before_); }

  // The configuration asks `url` instead of the page's Prometheus.
  void point_to(const std::string& url) const {
    for (const std::string name : {"examples/backtest/fas.yml", "examples/backtest/tuned.yml"}) {
      std::string text = fas::test::read_file(name);
      const std::string there = "http://127.0.0.1:9090";
      text.replace(text.find(there), there.size(), url);
      std::ofstream(name) << text;
    }
  }

 private:
  fas::test::TempDir folder_;
  std::filesystem::path before_;
};

TEST(BacktestPage, EveryCommandRuns) {
  const std::string page = fas::test::read_file(std::string(FAS_SOURCE_DIR) + "/docs/backtest.md");
  const std::vector<PageCommand> commands = commands_of(page);
  EXPECT_GE(commands.size(), 8U);
  const test::OneReplyServer prometheus(
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1700000000,"3"]]}]}})");
  const Place place;
  place.point_to(prometheus.url());
  bool any_failed = false;
  for (const PageCommand& command : commands) {
    std::vector<std::string> words = words_of(command.line);
    ASSERT_GE(words.size(), 2U) << command.line;
    ASSERT_EQ(words.front(), "fly-autoscaler") << command.line;
    words.erase(words.begin());
    const test::Run run = test::run(words);
    EXPECT_EQ(run.status, command.status) << command.line << "\n" << run.err;
    EXPECT_EQ(command.output.empty() ? "" : run.out, command.output) << command.line;
    any_failed = any_failed || command.status != 0;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
      if (words[i] == "-html" || words[i] == "-svg") {
        EXPECT_GT(std::filesystem::file_size(words[i + 1]), 1000U) << command.line;
      }
    }
  }
  EXPECT_TRUE(any_failed) << "-fail-if is shown failing";
}

}  // namespace
}  // namespace fas::cli
