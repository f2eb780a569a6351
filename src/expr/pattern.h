// Regular expressions of `matches`: RE2's syntax, which is Go's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fas::expr {

// Immutable; many threads may match at a time. Matching takes time linear in the text, whatever the pattern.
class Pattern {
 public:
  // What is wrong with the pattern; nullopt when nothing is.
  static std::optional<std::string> check(std::string_view pattern);

  explicit Pattern(std::string_view pattern);  // one that check() accepts
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  bool found_in(std::string_view text) const;  // anywhere, unless anchored

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fas::expr
