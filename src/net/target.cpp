#include "net/target.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace fas::net {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string lenient_decode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      result += text[i];
      continue;
    }
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

std::vector<std::string> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return segments;
  for (const std::string_view segment : split(path, '/')) segments.push_back(lenient_decode(segment));
  return segments;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  if (query.empty()) return std::nullopt;
  for (const std::string_view part : split(query, '&')) {
    const std::size_t equals = part.find('=');
    if (lenient_decode(part.substr(0, equals)) != name) continue;
    std::string value(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
    std::ranges::replace(value, '+', ' ');
    return lenient_decode(value);
  }
  return std::nullopt;
}

}  // namespace fas::net
