// expr-conformance [-all] PATH...: evaluates conformance cases (files, or folders of *.jsonl) and prints how many
// passed and failed in each group, what differs in the failing ones (at most 20 unless -all), and as its last line
// "N passed, M failed". Exit status 0, 1 when any case failed, 2 when the cases cannot be read.
#include <fmt/core.h>

#include <cstring>
#include <map>

#include "tools/expr_cases.h"

namespace fas::tools {
namespace {

constexpr int kShownFailures = 20;
constexpr std::size_t kShownText = 300;

struct Tally {
  int passed = 0;
  int failed = 0;
  void add(bool ok) { ++(ok ? passed : failed); }
};

struct Totals {
  std::map<std::string, Tally> groups;
  Tally cases;
  Tally values;  // outcomes that are a value in the reference
  Tally errors;  // outcomes that are an error there
};

std::string shortened(const nlohmann::json& outcome) {
  auto text = outcome.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kShownText) text = text.substr(0, kShownText) + "...";
  return text;
}

void print_failure(const ExprCase& subject, const char* mode, const Outcome& expected, const Outcome& got) {
  fmt::print("FAILED {} ({}, {}): {}\n  expected {}\n  got      {}\n", subject.group, subject.environment, mode,
             subject.source, shortened(expected), shortened(got));
}

Totals run(const ExprCases& cases, bool show_all) {
  Totals totals;
  expr::Machine machine;
  int shown = 0;
  for (const auto& subject : cases.cases()) {
    bool passed = true;
    for (const bool as_float : {false, true}) {
      const auto& expected = as_float ? subject.as_float : subject.plain;
      const auto got = evaluate(subject, cases.environment(subject.environment), as_float, machine);
      const bool same = same_outcome(expected, got);
      (expected.contains("value") ? totals.values : totals.errors).add(same);
      if (!same && (show_all || shown++ < kShownFailures)) {
        print_failure(subject, as_float ? "as float" : "plain", expected, got);
      }
      passed = passed && same;
    }
    totals.groups[subject.group].add(passed);
    totals.cases.add(passed);
  }
  return totals;
}

int run_main(std::span<char*> arguments) {
  bool show_all = false;
  std::vector<std::filesystem::path> paths;
  for (const char* argument : arguments) {
    if (std::strcmp(argument, "-all") == 0 || std::strcmp(argument, "--all") == 0) {
      show_all = true;
    } else {
      paths.emplace_back(argument);
    }
  }
  if (paths.empty()) {
    fmt::print(stderr, "usage: expr-conformance [-all] PATH...\n");
    return 2;
  }
  const auto cases = ExprCases::load(paths);
  if (!cases) {
    fmt::print(stderr, "ERROR: {}\n", cases.error().message);
    return 2;
  }
  const auto totals = run(*cases, show_all);
  for (const auto& [group, tally] : totals.groups) {
    fmt::print("{}: {} passed, {} failed\n", group, tally.passed, tally.failed);
  }
  fmt::print("outcomes that are values: {} passed, {} failed; errors: {} passed, {} failed\n", totals.values.passed,
             totals.values.failed, totals.errors.passed, totals.errors.failed);
  fmt::print("{} passed, {} failed\n", totals.cases.passed, totals.cases.failed);
  return totals.cases.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace fas::tools

int main(int argc, char** argv) {
  return fas::tools::run_main(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
}
