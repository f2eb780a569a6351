// How lexer, parser, checker and evaluation give up. Both are private to src/expr: compile() and Machine::run() catch
// them and return a Diagnostic.
#pragma once

#include <cstdint>
#include <string>

namespace fas::expr {

inline constexpr std::uint32_t kNoOffset = UINT32_MAX;

// The expression does not compile. `offset` is the byte in the source.
struct CompileFailure {
  std::uint32_t offset = kNoOffset;
  std::string message;
};

// The evaluation cannot go on. Whoever runs the failing instruction adds its place when the thrower knew none.
struct RunFailure {
  std::uint32_t offset = kNoOffset;
  std::string message;
  bool limit = false;  // a limit of this library was met: no use in trying another way
};

}  // namespace fas::expr
