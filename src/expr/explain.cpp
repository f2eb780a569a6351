#include "expr/explain.h"

#include "expr/arena.h"
#include "expr/ast.h"
#include "expr/display.h"
#include "expr/failure.h"
#include "expr/lexer.h"
#include "expr/parser.h"

namespace fas::expr {
namespace {

// A page of parts is the most that anybody reads.
constexpr std::size_t kMostParts = 200;
constexpr std::size_t kValueLength = 200;

class Explainer {
 public:
  Explainer(const Schema& schema, std::span<const Value> slots, Machine& machine, const CompileOptions& options)
      : schema_(schema), slots_(slots), machine_(machine), options_(options) {}

  // The parts of `node`, which itself is shown already. `lets` holds the variables it may use, as source.
  void explain_parts(const Node& node, const std::string& lets, int depth) {
    switch (node.kind) {
      case NodeKind::kLet:
        explain_node(*node.first, lets, depth);
        explain_node(*node.second, lets + "let " + std::string(node.name) + " = " + print(*node.first) + "; ", depth);
        return;
      case NodeKind::kLoop:  // of a predicate there is one value for each element
        explain_node(*node.items()[0], lets, depth);
        return;
      case NodeKind::kCall:
        if (node.first->is(NodeKind::kMember)) explain_node(*node.first->first, lets, depth);
        break;
      default:
        for (const Node* part : {node.first, node.second, node.third}) {
          if (part != nullptr) explain_node(*part, lets, depth);
        }
    }
    for (const Node* item : node.items()) explain_node(*item, lets, depth);
  }

  std::vector<ExplainedPart> take() { return std::move(parts_); }

 private:
  void explain_node(const Node& node, const std::string& lets, int depth) {
    if (node.is(NodeKind::kConstant) || node.is(NodeKind::kPredicate) || node.is(NodeKind::kPointer)) return;
    if (node.is(NodeKind::kKept)) return;  // shown where it is kept
    if (node.is(NodeKind::kChain) || node.is(NodeKind::kKeep)) return explain_node(*node.first, lets, depth);
    if (parts_.size() >= kMostParts) return;
    if (show(print(node), lets, depth)) ++depth;
    explain_parts(node, lets, depth);
  }

  bool show(const std::string& source, const std::string& lets, int depth) {
    auto options = options_;
    options.as_float = false;
    const auto program = compile(lets + source, schema_, options);
    if (!program) return false;  // cannot stand by itself
    const auto value = machine_.run(*program, slots_);
    parts_.push_back({.depth = depth,
                      .source = source,
                      .value = value ? display(*value, kValueLength) : value.error().message,
                      .failed = !value});
    return true;
  }

  const Schema& schema_;
  std::span<const Value> slots_;
  Machine& machine_;
  CompileOptions options_;
  std::vector<ExplainedPart> parts_;
};

ExplainedPart explain_whole(const Program& program, std::span<const Value> slots, Machine& machine, bool as_float) {
  ExplainedPart whole{.depth = 0, .source = std::string(program.source()), .value = {}, .failed = false};
  if (as_float) {
    const auto number = machine.run_float(program, slots);
    whole.failed = !number;
    whole.value = number ? display(Value::number(*number)) : to_string(number.error());
    return whole;
  }
  const auto value = machine.run(program, slots);
  whole.failed = !value;
  whole.value = value ? display(*value, kValueLength) : to_string(value.error());
  return whole;
}

}  // namespace

std::expected<std::vector<ExplainedPart>, Diagnostic> explain(std::string_view source, const Schema& schema,
                                                              std::span<const Value> slots, Machine& machine,
                                                              const CompileOptions& options) {
  const auto program = compile(source, schema, options);
  if (!program) return std::unexpected(program.error());
  std::vector<ExplainedPart> parts{explain_whole(*program, slots, machine, options.as_float)};
  try {
    Arena arena(options.limits.memory_bytes);
    Lexer lexer(source, arena);
    const auto* tree = parse(lexer, arena, {.nodes = options.limits.nodes, .nesting = options.limits.nesting});
    Explainer explainer(schema, slots, machine, options);
    explainer.explain_parts(*tree, "", 1);
    for (auto& part : explainer.take()) parts.push_back(std::move(part));
  } catch (const CompileFailure&) {  // NOLINT(bugprone-empty-catch): it has compiled above; the parts are an extra
  } catch (const RunFailure&) {      // NOLINT(bugprone-empty-catch): what has been explained so far is shown
  }
  return parts;
}

}  // namespace fas::expr
