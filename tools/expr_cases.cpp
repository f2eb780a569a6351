#include "tools/expr_cases.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "base/number_text.h"

namespace fas::tools {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json read_json_file(const fs::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot open it");
  return json::parse(in);
}

ExprCase read_case(const json& line) {
  return {.group = line.at("group"),
          .environment = line.at("env"),
          .source = line.at("expr"),
          .plain = line.at("plain"),
          .as_float = line.at("as_float")};
}

std::vector<fs::path> case_files(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// Groups have no order: the same value with theirs sorted.
json in_order(json value) {
  if (value.is_structured()) {
    for (auto& part : value) part = in_order(std::move(part));
  }
  if (value.is_object() && value.contains("t") && value["t"] == "groups")
    std::sort(value["v"].begin(), value["v"].end());
  return value;
}

Outcome error_outcome(const expr::Diagnostic& diagnostic) {
  Outcome outcome{{"error", diagnostic.kind == expr::Diagnostic::Kind::kCompile ? "compile" : "run"},
                  {"message", printable(diagnostic.message)}};
  if (diagnostic.at) {
    outcome["line"] = diagnostic.at->line;
    outcome["column"] = diagnostic.at->column;
  }
  return outcome;
}

}  // namespace

Result<ExprCases> ExprCases::load(std::span<const fs::path> paths) {
  ExprCases loaded;
  for (const auto& path : paths) {
    try {
      for (const auto& file : case_files(path)) {
        if (auto done = loaded.load_file(file); !done) return std::unexpected(done.error());
      }
    } catch (const std::exception& error) {
      return fail(ErrorKind::kInvalid, fmt::format("{}: {}", path.string(), error.what()));
    }
  }
  return loaded;
}

Result<void> ExprCases::load_file(const fs::path& path) {
  if (auto done = load_environments(path.parent_path() / "environments.json"); !done) return done;
  std::ifstream in(path);
  if (!in) return fail(ErrorKind::kInvalid, fmt::format("{}: cannot open it", path.string()));
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    try {
      cases_.push_back(read_case(json::parse(line)));
    } catch (const std::exception& error) {
      return fail(ErrorKind::kInvalid, fmt::format("{}:{}: {}", path.string(), number, error.what()));
    }
    if (!environments_.contains(cases_.back().environment)) {
      return fail(ErrorKind::kInvalid, fmt::format("{}:{}: environment {} is not in environments.json", path.string(),
                                                   number, cases_.back().environment));
    }
  }
  return {};
}

Result<void> ExprCases::load_environments(const fs::path& path) {
  try {
    const auto file = read_json_file(path);
    for (const auto& [name, typed] : file.items()) {
      auto environment = std::make_unique<ExprEnvironment>();
      for (const auto& [key, value] : typed.at("v").items()) {
        const auto slot = decode_value(value, environment->arena);
        environment->schema.add(key, expr::type_of(slot));
        environment->slots.push_back(slot);
      }
      environments_[name] = std::move(environment);
    }
  } catch (const std::exception& error) {
    return fail(ErrorKind::kInvalid, fmt::format("{}: {}", path.string(), error.what()));
  }
  return {};
}

Outcome evaluate(const ExprCase& subject, const ExprEnvironment& environment, bool as_float, expr::Machine& machine) {
  const auto program = expr::compile(subject.source, environment.schema, {.as_float = as_float});
  if (!program) return error_outcome(program.error());
  if (as_float) {
    const auto number = machine.run_float(*program, environment.slots);
    if (!number) return error_outcome(number.error());
    return {{"value", encode_value(expr::Value::number(*number))}};
  }
  const auto value = machine.run(*program, environment.slots);
  if (!value) return error_outcome(value.error());
  return {{"value", encode_value(*value)}};
}

bool same_outcome(const Outcome& expected, const Outcome& got) {
  if (expected.contains("value") || got.contains("value")) {
    return expected.contains("value") && got.contains("value") && in_order(expected["value"]) == in_order(got["value"]);
  }
  if (expected.at("error") != got.at("error")) return false;
  if (!expected.contains("line") || !got.contains("line")) return true;
  return expected["line"] == got["line"] && expected["column"] == got["column"];
}

}  // namespace fas::tools
