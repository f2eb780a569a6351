#include "expr/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

#include "expr/failure.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

constexpr std::size_t kLongest = 500;  // bytes of a message; it may quote a name or pattern of any length
constexpr std::size_t kWidest = 120;   // characters of a source line that a snippet shows

// The part of a long line around its `column`, which moves along.
std::string_view around(std::string_view line, std::size_t& at) {
  if (line.size() <= kWidest) return line;
  std::size_t from = at > kWidest / 2 ? at - kWidest / 2 : 0;
  const auto inside = [&](std::size_t i) { return (static_cast<unsigned char>(line[i]) & 0xC0U) == 0x80U; };
  while (from > 0 && inside(from)) --from;
  std::size_t to = std::min(from + kWidest, line.size());
  while (to < line.size() && inside(to)) ++to;
  at -= from;
  return line.substr(from, to - from);
}

std::string shortened(std::string message) {
  if (message.size() <= kLongest) return message;
  std::size_t end = kLongest;
  while ((static_cast<unsigned char>(message[end]) & 0xC0U) == 0x80U) --end;
  message.resize(end);
  return message + "...";
}

std::string make_snippet(std::string_view line, std::size_t at) {
  const std::string_view shown = around(line, at);
  std::string snippet(shown);
  std::ranges::replace(snippet, '\t', ' ');
  return snippet + "\n" + std::string(count_runes(shown.substr(0, std::min(at, shown.size()))), ' ') + "^";
}

}  // namespace

Diagnostic diagnose(Diagnostic::Kind kind, std::string_view source, std::uint32_t offset, std::string message) {
  Diagnostic diagnostic{.kind = kind, .at = std::nullopt, .message = shortened(std::move(message)), .snippet = {}};
  if (offset == kNoOffset) return diagnostic;
  const std::size_t at = std::min<std::size_t>(offset, source.size());
  const std::string_view before = source.substr(0, at);
  const std::size_t newline = before.rfind('\n');
  const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
  const auto lines = static_cast<std::uint32_t>(std::ranges::count(before, '\n'));
  diagnostic.at = Position{lines + 1, static_cast<std::uint32_t>(count_runes(before.substr(start)))};
  const std::size_t end = std::min(source.find('\n', start), source.size());
  diagnostic.snippet = make_snippet(source.substr(start, end - start), at - start);
  return diagnostic;
}

std::string to_string(const Diagnostic& diagnostic) {
  if (!diagnostic.at) return diagnostic.message;
  return fmt::format("{} ({}:{})\n{}", diagnostic.message, diagnostic.at->line, diagnostic.at->column + 1,
                     diagnostic.snippet);
}

}  // namespace fas::expr
