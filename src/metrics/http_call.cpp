#include "metrics/http_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/text.h"
#include "metrics/expand.h"

namespace fas::metrics {
namespace {

constexpr std::size_t kExcerptBytes = 120;
constexpr std::size_t kShortestSecret = 6;

ErrorKind kind_of(int status) {
  if (status == 401 || status == 403) return ErrorKind::kUnauthorized;
  if (status == 404) return ErrorKind::kNotFound;
  if (status == 429) return ErrorKind::kRateLimited;
  if (status >= 500) return ErrorKind::kUnavailable;
  return ErrorKind::kInvalid;
}

std::string_view remedy_of(int status) {
  if (status == 401 || status == 403) return "; check the token, user and password, and what they may read";
  if (status == 404) return "; check the address";
  if (status == 429) return "; ask less often";
  if (status >= 300 && status < 400) return "; redirects are not followed, use the address it points to";
  return "";
}

// The form with a number of seconds; dates are rare and not worth a wrong clock's surprise.
std::optional<std::chrono::milliseconds> retry_after(const net::HttpResponse& response) {
  const std::string_view text = trim(response.header("retry-after"));
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// The bytes of the UTF-8 character that `text` begins with; 0 when it begins with none.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  if (lead >= 0xC2 && lead < 0xE0) {
    length = 2;
  } else if (lead >= 0xE0 && lead < 0xF0) {
    length = 3;
  } else if (lead >= 0xF0 && lead < 0xF5) {
    length = 4;
  }
  if (length == 0 || length > text.size()) return 0;
  const auto is_tail = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  return std::ranges::all_of(text.substr(1, length - 1), is_tail) ? length : 0;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

}  // namespace

Result<void> validate_http_auth(const Settings& settings) {
  const bool has_user = !settings.text("user").empty();
  if (!settings.text("token").empty() && has_user) {
    return fail(ErrorKind::kInvalid, "token and user exclude each other; use one of them");
  }
  if (!has_user && !settings.text("password").empty()) return fail(ErrorKind::kInvalid, "password needs a user");
  return {};
}

HttpAuth::HttpAuth(const Settings& settings) {
  const std::string token(trim(settings.text("token")));  // a file's last line break is no part of it
  if (!token.empty()) {
    authorization_ = token.starts_with("Fly") ? token : "Bearer " + token;
    secrets_.push_back(token);
  }
  if (settings.has("user")) {
    basic_auth_ = fmt::format("{}:{}", settings.text("user"), settings.text("password"));
    secrets_.push_back(settings.text("password"));
  }
  for (auto& [name, value] : settings.map("headers")) secrets_.push_back(Template(value).expand(""));
}

void HttpAuth::apply(net::HttpRequest& request) const {
  if (!authorization_.empty()) request.headers.emplace_back("Authorization", authorization_);
  request.basic_auth = basic_auth_;
}

std::string HttpAuth::scrub(std::string text) const { return metrics::scrub(std::move(text), secrets_); }

std::string scrub(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.size() >= kShortestSecret) replace_all(text, secret, "***");
  }
  return text;
}

Error as_read_error(Error error, TimePoint now, Deadline deadline) {
  if (error.kind != ErrorKind::kUnknownOutcome) return error;
  error.kind = now >= deadline ? ErrorKind::kTimeout : ErrorKind::kUnavailable;
  return error;
}

Error status_error(const net::HttpResponse& response, std::string_view server, std::string_view cause) {
  Error error;
  error.kind = kind_of(response.status);
  error.message = fmt::format("{} answered HTTP {}{}{}{}", server, response.status, cause.empty() ? "" : ": ", cause,
                              remedy_of(response.status));
  error.http_status = response.status;
  error.retry_after = retry_after(response);
  return error;
}

std::string one_line(std::string_view text, std::size_t limit) {
  text = trim(text);
  std::string line;
  while (!text.empty() && line.size() < limit) {
    const std::size_t length = character_length(text);
    if (length == 0) {
      line += '?';
    } else if (is_control(text.front())) {
      if (!line.ends_with(' ')) line += ' ';
    } else {
      line += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  if (!text.empty()) line += "...";
  return line;
}

std::string excerpt(std::string_view body) {
  const std::string line = one_line(body, kExcerptBytes);
  return line.empty() ? "an empty reply" : fmt::format("\"{}\"", line);
}

}  // namespace fas::metrics
