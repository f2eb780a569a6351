#include "metrics/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace fas::metrics {
namespace {

constexpr std::string_view kSchemeEnd = "://";

struct UrlParts {
  std::string_view scheme;     // empty: none
  std::string_view authority;  // may hold user info
  std::string_view path;
  std::string_view query;  // with its question mark
};

UrlParts split_url(std::string_view url) {
  UrlParts parts;
  url = url.substr(0, url.find('#'));
  if (const std::size_t query = url.find('?'); query != std::string_view::npos) {
    parts.query = url.substr(query);
    url = url.substr(0, query);
  }
  if (const std::size_t end = url.find(kSchemeEnd); end != std::string_view::npos) {
    parts.scheme = url.substr(0, end);
    url.remove_prefix(end + kSchemeEnd.size());
  }
  const std::size_t path = std::min(url.find('/'), url.size());
  parts.authority = url.substr(0, path);
  parts.path = url.substr(path);
  return parts;
}

std::string_view without_user_info(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  return at == std::string_view::npos ? authority : authority.substr(at + 1);
}

}  // namespace

Result<void> check_http_url(std::string_view key, std::string_view url) {
  const UrlParts parts = split_url(url);
  const std::string scheme = to_lower_ascii(parts.scheme);
  if (scheme != "http" && scheme != "https") {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} must begin with http:// or https://, as in http://prometheus.internal:9090", key));
  }
  const std::string_view host = without_user_info(parts.authority);
  if (host.empty() || host.front() == ':') return fail(ErrorKind::kInvalid, fmt::format("{} has no host", key));
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; };
  if (std::ranges::any_of(url, is_bad)) {
    return fail(ErrorKind::kInvalid, fmt::format("{} has white space in it; write it percent-encoded", key));
  }
  return {};
}

std::string append_path(std::string_view base, std::string_view path) {
  const UrlParts parts = split_url(base);
  std::string_view own_path = parts.path;
  while (own_path.ends_with('/')) own_path.remove_suffix(1);
  return fmt::format("{}{}{}{}{}{}", parts.scheme, parts.scheme.empty() ? "" : kSchemeEnd, parts.authority, own_path,
                     path, parts.query);
}

std::string append_query(std::string_view url, std::string_view parameters) {
  url = url.substr(0, url.find('#'));
  std::string_view glue = "?";
  if (url.find('?') != std::string_view::npos) glue = url.ends_with('?') || url.ends_with('&') ? "" : "&";
  return fmt::format("{}{}{}", url, glue, parameters);
}

}  // namespace fas::metrics
