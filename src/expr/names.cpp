// The predicate-taking builtins by name.
#include <array>

#include "expr/ast.h"

namespace fas::expr {
namespace {

constexpr std::array<std::string_view, 15> kNames = {"all",      "none",          "any",     "one",    "filter",
                                                     "map",      "count",         "sum",     "find",   "findIndex",
                                                     "findLast", "findLastIndex", "groupBy", "sortBy", "reduce"};

constexpr std::array<Loop, 15> kLoops = {Loop::kAll,     Loop::kNone,      Loop::kAny,      Loop::kOne,
                                         Loop::kFilter,  Loop::kMap,       Loop::kCount,    Loop::kSum,
                                         Loop::kFind,    Loop::kFindIndex, Loop::kFindLast, Loop::kFindLastIndex,
                                         Loop::kGroupBy, Loop::kSortBy,    Loop::kReduce};

}  // namespace

std::string_view loop_name(Loop loop) { return kNames[static_cast<std::size_t>(loop)]; }

bool takes_condition(Loop loop) {
  switch (loop) {
    case Loop::kMap:
    case Loop::kSum:
    case Loop::kGroupBy:
    case Loop::kSortBy:
    case Loop::kReduce: return false;
    default: return true;
  }
}

const Loop* find_loop(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return &kLoops[i];
  }
  return nullptr;
}

}  // namespace fas::expr
