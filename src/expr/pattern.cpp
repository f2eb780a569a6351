#include "expr/pattern.h"

#include <re2/re2.h>

#include <mutex>

#include "expr/matcher.h"

namespace fas::expr {
namespace {

std::unique_ptr<re2::RE2> build(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
}

// What check() built, for the Pattern that is made of the same text next: building takes longer than all the rest of a
// compilation.
struct Checked {
  std::string text;
  std::unique_ptr<re2::RE2> expression;
};
thread_local Checked last_checked;

}  // namespace

struct Pattern::State {
  explicit State(std::string_view pattern) : text(pattern), matcher(Matcher::make(pattern)) {}

  const re2::RE2& full() {
    std::call_once(built, [this] {
      if (expression == nullptr) expression = build(text);
    });
    return *expression;
  }

  std::string text;
  std::optional<Matcher> matcher;
  std::once_flag built;
  std::unique_ptr<re2::RE2> expression;  // when the matcher cannot do
};

std::optional<std::string> Pattern::check(std::string_view pattern) {
  if (Matcher::make(pattern)) return std::nullopt;
  auto expression = build(pattern);
  if (!expression->ok()) return "error parsing regexp: " + expression->error();
  last_checked = {std::string(pattern), std::move(expression)};
  return std::nullopt;
}

Pattern::Pattern(std::string_view pattern) : state_(std::make_unique<State>(pattern)) {
  if (state_->matcher || last_checked.expression == nullptr || last_checked.text != pattern) return;
  state_->expression = std::move(last_checked.expression);
}

Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

bool Pattern::found_in(std::string_view text) const {
  if (state_->matcher) {
    if (const auto found = state_->matcher->found_in(text)) return *found;
  }
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), state_->full());
}

}  // namespace fas::expr
