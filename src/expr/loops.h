// The builtins that take a predicate, as loops. A chain such as sum(filter(map(a, f), g), h) is one loop over `a` whose
// elements pass through stages, without the arrays in between.
#pragma once

#include <span>

#include "expr/ast.h"
#include "expr/ops.h"

namespace fas::expr {

struct Stage {
  const Op* op = nullptr;     // a filter's condition, or what a map makes of the element
  std::uint32_t element = 0;  // the register that it reads the element from
  bool filters = false;
};

struct LoopPlan {
  Loop loop = Loop::kMap;
  const Op* source = nullptr;
  std::span<const Stage> stages;
  const Op* body = nullptr;     // null: the element itself
  std::uint32_t registers = 0;  // of the body's scope
  const Op* extra = nullptr;    // the order of sortBy, the start of reduce
  bool uses_index = false;
  // The same without stages. Where a stage fails, running it finds the failure that a run without stages meets first.
  const Op* exact = nullptr;
};

Op* make_loop(Site site, const LoopPlan& plan);
// A loop that ends early takes none: it would skip what fails later.
bool takes_stages(Loop loop);

// What a loop that make_loop() made was made of, without the loops that were joined into it.
struct LoopParts {
  const Op* source = nullptr;
  const Op* body = nullptr;
  std::uint32_t registers = 0;
};
LoopParts loop_parts(const Op* loop);

// first + (first + 1) + ..., `size` of them.
Value sum_of_range(std::int64_t first, std::uint64_t size);

}  // namespace fas::expr
