// expr-bench LIST: how long the expressions of a list (name, tab, expression a line) take to compile and to run, in the
// format of the reference's figures: name, compile ns, run ns, allocations of a run; and the run ns of the same formula
// written in C++, where there is one. Medians of several measurements.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "expr/expr.h"
#include "expr/map.h"
#include "tools/expr_formulas.h"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace fas::tools {
namespace {

using expr::Value;

struct Environment {
  expr::Arena arena;
  expr::Schema schema;
  std::vector<Value> slots;

  void add(std::string_view name, expr::Type type, const Value& value) {
    schema.add(name, type);
    slots.push_back(value);
  }
};

Value make_series(expr::Arena& arena, std::size_t size) {
  const std::span<Value> series = arena.array<Value>(size);
  for (std::size_t i = 0; i < size; ++i) {
    expr::MapBuilder labels(arena, 1);
    labels.set("queue", Value::string(i % 2 == 0 ? "mail" : "video"));
    expr::MapBuilder sample(arena, 2);
    sample.set("labels", labels.finish());
    sample.set("value", Value::number(static_cast<double>(i)));
    series[i] = sample.finish();
  }
  return Value::array(series);
}

void fill(Environment& environment) {
  const auto number = [&](std::string_view name, double value) {
    environment.add(name, expr::TypeKind::kFloat, Value::number(value));
  };
  number("queue_depth", bench::kQueueDepth);
  number("q", bench::kQueueDepth);
  number("x", 4);
  number("y", 7);
  number("cpu", bench::kCpu);
  number("workers", bench::kWorkers);
  environment.add("Origin", expr::TypeKind::kString, Value::string("MOW"));
  environment.add("Country", expr::TypeKind::kString, Value::string("RU"));
  environment.add("word", expr::TypeKind::kString, Value::string("autoscaler"));
  environment.add("Adults", expr::TypeKind::kInt, Value::integer(1));
  environment.add("Value", expr::TypeKind::kInt, Value::integer(100));
  environment.add("s100", expr::TypeKind::kArray, make_series(environment.arena, 100));
  environment.add("s10k", expr::TypeKind::kArray, make_series(environment.arena, 10'000));
}

// Keeps the optimizer from doing a measured formula away.
template <class T>
void keep(T&& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// Processor time of this thread in nanoseconds: what else the machine does counts less than on a wall clock.
double spent_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The median of the time that one call takes.
template <class Call>
double measure(Call&& call) {
  constexpr int kRounds = 9;
  constexpr double kRoundNs = 12e6;
  std::size_t calls = 1;
  for (;;) {
    const double start = spent_ns();
    for (std::size_t i = 0; i < calls; ++i) call();
    if (spent_ns() - start > kRoundNs / 4) break;
    calls *= 2;
  }
  calls *= 4;
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    const double start = spent_ns();
    for (std::size_t i = 0; i < calls; ++i) call();
    rounds.push_back((spent_ns() - start) / static_cast<double>(calls));
  }
  std::ranges::nth_element(rounds, rounds.begin() + kRounds / 2);
  return rounds[kRounds / 2];
}

bool report(const std::string& name, const std::string& source, Environment& environment) {
  auto program = expr::compile(source, environment.schema);
  if (!program) {
    std::cerr << name << ": " << expr::to_string(program.error()) << "\n";
    return false;
  }
  expr::Machine machine;
  for (int i = 0; i < 3; ++i) {
    if (const auto result = machine.run(*program, environment.slots); !result) {
      std::cerr << name << ": " << expr::to_string(result.error()) << "\n";
      return false;
    }
  }
  const std::size_t before = allocations;
  keep(machine.run(*program, environment.slots));
  const std::size_t allocated = allocations - before;
  const double compile_ns = measure([&] { keep(expr::compile(source, environment.schema)); });
  const double run_ns = measure([&] { keep(machine.run(*program, environment.slots)); });
  std::string line = fmt::format("{}\t{:.0f}\t{:.1f}\t{}", name, compile_ns, run_ns, allocated);
  if (const auto formula = bench::formula(name)) line += fmt::format("\t{:.1f}", measure([&] { keep(formula()); }));
  std::cout << line << std::endl;
  return true;
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: expr-bench LIST [NAME...]\n";
    return 2;
  }
  std::ifstream list(argv[1]);
  if (!list) {
    std::cerr << "expr-bench: cannot read " << argv[1] << "\n";
    return 2;
  }
  Environment environment;
  fill(environment);
  bool all = true;
  for (std::string line; std::getline(list, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const std::string name = line.substr(0, tab);
    const bool wanted = argc == 2 || std::any_of(argv + 2, argv + argc, [&](const char* arg) { return name == arg; });
    if (wanted) all = report(name, line.substr(tab + 1), environment) && all;
  }
  return all ? 0 : 1;
}

}  // namespace
}  // namespace fas::tools

int main(int argc, char** argv) { return fas::tools::run(argc, argv); }
