// The steps from source text to Program.
#include <fmt/format.h>

#include "expr/checker.h"
#include "expr/code.h"
#include "expr/compiler.h"
#include "expr/diagnostic.h"
#include "expr/fold.h"
#include "expr/lexer.h"
#include "expr/parser.h"

namespace fas::expr {
namespace {

// What a compilation needs in passing, kept by each thread for the next one.
struct Workshop {
  Arena arena{std::size_t{256} << 20};
};

std::shared_ptr<const Code> build(std::string_view source, const Schema& schema, const CompileOptions& options,
                                  Workshop& shop) {
  Lexer lexer(source, shop.arena);
  Node* root = parse(lexer, shop.arena, {options.limits.nodes, options.limits.nesting});
  const CheckResult checked = check(*root, schema, shop.arena, options.as_float);
  root = fold(root, shop.arena);
  auto code = std::make_shared<Code>();
  code->registers = checked.registers;
  code->uses_clock = checked.uses_clock;
  code->type = Type(checked.type.kind());
  code->as_float = options.as_float;
  code->limits = options.limits;
  code->source = source;
  generate(*root, schema, options.optimize, *code);
  return code;
}

}  // namespace

std::expected<Program, Diagnostic> compile(std::string_view source, const Schema& schema,
                                           const CompileOptions& options) {
  constexpr auto kKind = Diagnostic::Kind::kCompile;
  const std::size_t most = std::min<std::size_t>(options.limits.source_bytes, UINT32_MAX / 2);
  if (source.size() > most) {
    return std::unexpected(
        diagnose(kKind, {}, kNoOffset, fmt::format("the expression is too long: more than {} bytes", most)));
  }
  thread_local Workshop shop;
  shop.arena.reset();
  try {
    return Program(build(source, schema, options, shop));
  } catch (CompileFailure& failure) {
    return std::unexpected(diagnose(kKind, source, failure.offset, std::move(failure.message)));
  } catch (RunFailure& failure) {
    return std::unexpected(diagnose(kKind, source, failure.offset, std::move(failure.message)));
  }
}

std::span<const std::uint32_t> Program::used_slots() const { return code_->slots; }
bool Program::uses_environment() const { return code_->uses_environment; }
std::string_view Program::source() const { return code_->source; }
Type Program::result_type() const { return code_->as_float ? Type(TypeKind::kFloat) : code_->type; }

}  // namespace fas::expr
