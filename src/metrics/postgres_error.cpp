#include "metrics/postgres_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

struct Meaning {
  ErrorKind kind;
  std::string_view remedy;
};

Meaning meaning_of(std::string_view state) {
  if (state == "42501") return {ErrorKind::kUnauthorized, "; GRANT SELECT to this user"};
  if (state == "42P01") return {ErrorKind::kNotFound, "; check the query, the database and the search_path"};
  if (state == "25006") return {ErrorKind::kInvalid, "; the query runs read-only"};
  if (state == "57014") return {ErrorKind::kTimeout, "; make the query faster, or set a longer timeout"};
  if (state.starts_with("28")) return {ErrorKind::kUnauthorized, "; check user and password"};
  if (state.starts_with("22") || state.starts_with("42")) return {ErrorKind::kInvalid, "; check the query"};
  return {ErrorKind::kUnavailable, ""};
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

Meaning meaning_of_connect(std::string_view text) {
  if (has_any(text, {"password authentication failed", "no password supplied", "role \"", "authentication failed"})) {
    return {ErrorKind::kUnauthorized, "; check user and password"};
  }
  if (has_any(text, {"pg_hba.conf"})) return {ErrorKind::kUnauthorized, "; the server does not let this user in"};
  if (has_any(text, {"database \""})) return {ErrorKind::kNotFound, "; check the database's name"};
  if (has_any(text, {"certificate", "SSL error"})) return {ErrorKind::kUnavailable, "; check tls and sslmode"};
  return {ErrorKind::kUnavailable, ""};
}

Error error_of(Meaning meaning, std::string_view message) {
  return Error{.kind = meaning.kind,
               .message = fmt::format("{}{}", one_line(message), meaning.remedy),
               .request_id = {},
               .http_status = 0,
               .retry_after = {}};
}

}  // namespace

Error postgres_statement_error(std::string_view state, std::string_view message) {
  return error_of(meaning_of(state), message);
}

Error postgres_connect_error(std::string_view text) { return error_of(meaning_of_connect(text), text); }

}  // namespace fas::metrics
