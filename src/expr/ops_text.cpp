// Tests of text, matching, concatenation.
#include <fmt/format.h>

#include <cstring>

#include "expr/op_new.h"

namespace fas::expr {
namespace {

struct PatternOp : UnaryOp {
  const Pattern* pattern = nullptr;
};
struct PartsOp : Op {
  std::span<const Op* const> parts;
};

[[noreturn, gnu::noinline]] void fail_text(const Op* op, const Value& value) {
  fail_at(op, fmt::format("a string is needed, but got {}", kind_name(value.kind())));
}

constexpr std::uint32_t kShort = 1'024;  // bytes that are not worth counting

[[gnu::noinline]] void count_text(const Op* op, const Value& text, Frame& frame) {
  constexpr std::uint32_t kBytesOfStep = 8;
  placed(op, [&] { frame.context.spend(text.size() / kBytesOfStep); });
}

// What is absent contains nothing and matches nothing.
template <Symbol S>
bool run_test(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value a = two.left->run(two.left, frame);
  const Value b = two.right->run(two.right, frame);
  if (a.is_nil() || b.is_nil()) return false;
  if (!a.is_string()) fail_text(op, a);
  if (!b.is_string()) fail_text(op, b);
  if (a.size() > kShort) count_text(op, a, frame);
  if constexpr (S == Symbol::kContains) return a.as_text().find(b.as_text()) != std::string_view::npos;
  if constexpr (S == Symbol::kStartsWith) return a.as_text().starts_with(b.as_text());
  return a.as_text().ends_with(b.as_text());
}

bool run_match(const Op* op, Frame& frame) {
  const auto& match = as<PatternOp>(op);
  const Value text = match.operand->run(match.operand, frame);
  if (text.is_nil()) return false;
  if (!text.is_string() && !text.is(Kind::kBytes)) fail_text(op, text);
  if (text.size() > kShort) count_text(op, text, frame);
  return match.pattern->found_in(text.as_text());
}

bool run_dynamic_match(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value text = two.left->run(two.left, frame);
  const Value pattern = two.right->run(two.right, frame);
  if (text.is_nil() || pattern.is_nil()) return false;
  if (!pattern.is_string()) fail_text(op, pattern);
  if (!text.is_string() && !text.is(Kind::kBytes)) fail_text(op, text);
  if (frame.last_pattern == nullptr || frame.last_pattern_text != pattern.as_text()) {
    if (const auto error = Pattern::check(pattern.as_text())) fail_at(op, *error);
    frame.last_pattern = std::make_unique<Pattern>(pattern.as_text());
    frame.last_pattern_text = pattern.as_text();
  }
  if (text.size() > kShort) count_text(op, text, frame);
  return frame.last_pattern->found_in(text.as_text());
}

// Not cleared when it is made: that would take longer than joining three short texts.
struct PartText {
  const char* data;
  std::size_t size;
};

Value run_concatenation(const Op* op, Frame& frame) {
  const auto& parts = as<PartsOp>(op).parts;
  PartText texts[kMostConcatenated];
  std::size_t size = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Value value = parts[i]->run(parts[i], frame);
    if (!value.is_string()) fail_text(op, value);
    texts[i] = {value.as_text().data(), value.size()};
    size += value.size();
  }
  if (size > UINT32_MAX) fail_at(op, "memory budget exceeded");
  char* const start = static_cast<char*>(placed(op, [&] { return frame.arena.allocate(size); }));
  char* to = start;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (texts[i].size > 0) std::memcpy(to, texts[i].data, texts[i].size);
    to += texts[i].size;
  }
  return Value::string({start, size});
}

}  // namespace

Op* make_text_test(Site site, Symbol symbol, const Op* left, const Op* right) {
  BinaryOp* op = new_bool_op<BinaryOp>(site, symbol == Symbol::kContains     ? run_test<Symbol::kContains>
                                             : symbol == Symbol::kStartsWith ? run_test<Symbol::kStartsWith>
                                                                             : run_test<Symbol::kEndsWith>);
  op->left = left;
  op->right = right;
  return op;
}

Op* make_match(Site site, const Op* text, const Pattern* pattern) {
  auto* op = new_bool_op<PatternOp>(site, run_match);
  op->operand = text;
  op->pattern = pattern;
  return op;
}

Op* make_dynamic_match(Site site, const Op* text, const Op* pattern) {
  auto* op = new_bool_op<BinaryOp>(site, run_dynamic_match);
  op->left = text;
  op->right = pattern;
  return op;
}

Op* make_concatenation(Site site, std::span<const Op* const> parts) {
  auto* op = new_value_op<PartsOp>(site, run_concatenation);
  op->parts = parts;
  return op;
}

}  // namespace fas::expr
