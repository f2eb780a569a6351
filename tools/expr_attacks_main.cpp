// expr-attacks: how long each adversarial expression takes to end, in milliseconds of processor time, the slowest
// first; one line each, with what it ends with. Status 1 when one gives a value or takes more than 100 ms.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iostream>

#include "tools/expr_attacks.h"

namespace fas::tools {
namespace {

constexpr double kMostMs = 100;

struct Line {
  std::string name;
  double ms = 0;
  std::string ending;
  bool failed = false;
};

Line measure(const ExprAttack& subject) {
  const std::clock_t start = std::clock();
  const auto diagnostic = attack(subject);
  const double ms = static_cast<double>(std::clock() - start) * 1000 / CLOCKS_PER_SEC;
  return {.name = subject.name,
          .ms = ms,
          .ending = diagnostic ? diagnostic->message.substr(0, 80) : "NO ERROR",
          .failed = !diagnostic || ms > kMostMs};
}

int run() {
  std::vector<Line> lines;
  for (const auto* attacks : {&syntax_attacks(), &run_attacks()}) {
    for (const auto& subject : *attacks) lines.push_back(measure(subject));
  }
  std::ranges::sort(lines, std::greater{}, &Line::ms);
  for (const Line& line : lines) std::cout << fmt::format("{:8.2f} ms  {:<22} {}\n", line.ms, line.name, line.ending);
  const auto failed = std::ranges::count_if(lines, &Line::failed);
  std::cout << fmt::format("\n{} expressions, {} of them without an error within {} ms\n", lines.size(), failed,
                           kMostMs);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace fas::tools

int main() { return fas::tools::run(); }
