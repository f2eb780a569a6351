#include "net/url.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/text.h"

namespace fas::net {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// Bytes that have no place in an URL are escaped, so that no log or terminal sees them.
void append_visible(std::string& result, std::string_view text) {
  for (const char& c : text) {
    if (c > ' ' && c <= '~') {
      result += c;
    } else {
      result += percent_encode(std::string_view(&c, 1));
    }
  }
}

bool is_digit_or_dot(char c) { return (c >= '0' && c <= '9') || c == '.'; }

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned char value = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc{} || end != digits.data() + 2) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kHex[byte >> 4U];
    result += kHex[byte & 15U];
  }
  return result;
}

UrlParts split_url(std::string_view url) {
  UrlParts parts;
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return parts;
  parts.scheme = url.substr(0, scheme_end);
  url.remove_prefix(scheme_end + 3);

  const std::size_t path_start = url.find('/');
  parts.path = path_start == std::string_view::npos ? "/" : url.substr(path_start);
  std::string_view authority = url.substr(0, path_start);
  const std::size_t user_end = authority.rfind('@');
  if (user_end != std::string_view::npos) authority.remove_prefix(user_end + 1);

  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  parts.host = authority.substr(0, colon);
  if (bracket != std::string_view::npos) parts.host = authority.substr(1, bracket - 1);
  if (colon != std::string_view::npos) parts.port = authority.substr(colon + 1);
  return parts;
}

std::string printable_url(std::string_view url) {
  const UrlParts parts = split_url(url);
  std::string result;
  if (parts.scheme.empty()) return "(not a URL)";
  append_visible(result, parts.scheme);
  result += "://";
  const bool brackets = parts.host.find(':') != std::string_view::npos;
  if (brackets) result += '[';
  append_visible(result, parts.host);
  if (brackets) result += ']';
  if (!parts.port.empty()) result += ':';
  append_visible(result, parts.port);
  append_visible(result, parts.path);
  return result;
}

bool is_loopback(std::string_view host) {
  const std::string name = to_lower_ascii(host);
  if (name == "localhost" || name.ends_with(".localhost") || name == "::1") return true;
  return name.starts_with("127.") && std::ranges::all_of(name, is_digit_or_dot);
}

}  // namespace fas::net
