// Conformance cases of the Expr language: expressions with what the reference implementation makes of them, one JSON
// object a line, and the environments they are evaluated in. Shared by the expr-conformance tool and the tests.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "expr/expr.h"

namespace fas::tools {

// {"value": V} or {"error": "compile" | "run", "line": L, "column": C}; V is {"t": kind, "v": ...}.
using Outcome = nlohmann::json;

struct ExprCase {
  std::string group;
  std::string environment;
  std::string source;
  Outcome plain;
  Outcome as_float;  // with the result asked for as a float
};

struct ExprEnvironment {
  expr::Schema schema;
  std::vector<expr::Value> slots;
  expr::Arena arena;  // what the slots point to
};

class ExprCases {
 public:
  // Files, and folders with all their *.jsonl; each needs an environments.json beside it.
  static Result<ExprCases> load(std::span<const std::filesystem::path> paths);

  const std::vector<ExprCase>& cases() const { return cases_; }
  const ExprEnvironment& environment(const std::string& name) const { return *environments_.at(name); }

 private:
  Result<void> load_file(const std::filesystem::path& path);
  Result<void> load_environments(const std::filesystem::path& path);

  std::vector<ExprCase> cases_;
  std::map<std::string, std::unique_ptr<ExprEnvironment>> environments_;
};

// The value that {"t": ..., "v": ...} describes; map keys and texts are copied into `arena`.
expr::Value decode_value(const nlohmann::json& typed, expr::Arena& arena);
nlohmann::json encode_value(const expr::Value& value);

// Text as the case files can hold it: bytes that are no UTF-8 become U+FFFD.
std::string printable(std::string_view text);

// What our implementation makes of the case.
Outcome evaluate(const ExprCase& subject, const ExprEnvironment& environment, bool as_float, expr::Machine& machine);

// The same kind of outcome and the same value; of errors the same place where both have one. Messages may differ.
bool same_outcome(const Outcome& expected, const Outcome& got);

}  // namespace fas::tools
