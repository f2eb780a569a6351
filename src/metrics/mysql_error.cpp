#include "metrics/mysql_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

struct Meaning {
  unsigned code;
  ErrorKind kind;
  std::string_view remedy;
};

constexpr std::string_view kQuery = "; check the query";
constexpr std::string_view kLogin = "; check user and password";
constexpr std::string_view kGrant = "; GRANT SELECT to this user";
constexpr std::string_view kFaster = "; make the query faster, or set a longer timeout";

constexpr std::array<Meaning, 23> kMeanings = {{
    {1040, ErrorKind::kUnavailable, "; raise max_connections"},
    {1044, ErrorKind::kUnauthorized, "; GRANT SELECT on this database to the user"},
    {1045, ErrorKind::kUnauthorized, kLogin},
    {1049, ErrorKind::kNotFound, "; check the database's name"},
    {1053, ErrorKind::kUnavailable, ""},
    {1130, ErrorKind::kUnauthorized, "; the server does not let this machine in"},
    {1142, ErrorKind::kUnauthorized, kGrant},
    {1143, ErrorKind::kUnauthorized, kGrant},
    {1146, ErrorKind::kNotFound, "; check the query and the database"},
    {1193, ErrorKind::kInvalid, kQuery},
    {1205, ErrorKind::kTimeout, ""},
    {1227, ErrorKind::kUnauthorized, ""},
    {1251, ErrorKind::kUnauthorized, "; the user needs another authentication plugin"},
    {1317, ErrorKind::kTimeout, kFaster},
    {1370, ErrorKind::kUnauthorized, "; GRANT EXECUTE to this user"},
    {1792, ErrorKind::kInvalid, "; the query runs read-only"},
    {1927, ErrorKind::kUnavailable, ""},
    {1969, ErrorKind::kTimeout, kFaster},  // MariaDB's max_statement_time
    {2013, ErrorKind::kUnavailable, ""},
    {2026, ErrorKind::kUnavailable, "; check tls and sslmode"},
    {2059, ErrorKind::kUnauthorized, "; the user needs another authentication plugin"},
    {3024, ErrorKind::kTimeout, kFaster},  // MySQL's max_execution_time
    {4166, ErrorKind::kInvalid, kQuery},   // LOAD DATA LOCAL
}};

Meaning meaning_of(unsigned code, std::string_view state) {
  const auto* known = std::ranges::find(kMeanings, code, &Meaning::code);
  if (known != kMeanings.end()) return *known;
  if (state.starts_with("28")) return {code, ErrorKind::kUnauthorized, kLogin};
  if (state.starts_with("42") || state.starts_with("22") || state.starts_with("21")) {
    return {code, ErrorKind::kInvalid, kQuery};
  }
  return {code, ErrorKind::kUnavailable, ""};
}

}  // namespace

Error mysql_failure(unsigned code, std::string_view state, std::string_view message) {
  const Meaning meaning = meaning_of(code, state);
  return Error{.kind = meaning.kind,
               .message = fmt::format("{} (error {}){}", one_line(message), code, meaning.remedy),
               .request_id = {},
               .http_status = 0,
               .retry_after = {}};
}

bool ends_mysql_connection(unsigned code) {
  const bool is_clients = code >= 2000 && code < 3000;
  // Server shutdown, killed connection, too long idle.
  return is_clients || code == 1053 || code == 1927 || code == 4031;
}

}  // namespace fas::metrics
