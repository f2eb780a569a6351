#include "expr/pattern.h"

#include <re2/re2.h>

namespace fas::expr {
namespace {

std::unique_ptr<re2::RE2> build(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
}

}  // namespace

std::optional<std::string> Pattern::check(std::string_view pattern) {
  const auto expression = build(pattern);
  if (expression->ok()) return std::nullopt;
  return "error parsing regexp: " + expression->error();
}

Pattern::Pattern(std::string_view pattern) : expression_(build(pattern)) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

}  // namespace fas::expr
