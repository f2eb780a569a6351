#include "metrics/postgres.h"

#include <memory>
#include <utility>

#include "metrics/postgres_options.h"
#include "metrics/postgres_session.h"
#include "metrics/sql_source.h"

namespace fas::metrics {
namespace {

Result<void> validate_postgres(const Settings& settings) {
  const Result<PostgresOptions> options = postgres_options(settings);
  if (!options) return std::unexpected(options.error());
  if (settings.has("max-age")) {
    return fail(ErrorKind::kInvalid, "postgres does not say when a value was measured; leave out max-age");
  }
  if (settings.has("listen")) {
    constexpr std::size_t kLongestName = 63;  // of anything in Postgres, in bytes
    const std::string channel = settings.text("listen");
    if (channel.empty() || channel.size() > kLongestName || channel.contains('\0')) {
      return fail(ErrorKind::kInvalid, "postgres listen must be a channel's name, of at most 63 bytes");
    }
  }
  return {};
}

Result<std::unique_ptr<Source>> make_postgres(const SourceContext& context, const Settings& settings) {
  Result<PostgresOptions> options = postgres_options(settings);
  if (!options) return std::unexpected(std::move(options.error()));
  std::string server = "postgres at " + printable(*options);
  auto session = std::make_unique<PostgresSession>(context, std::move(*options));
  return make_sql_source(context, settings, std::move(server), std::move(session));
}

}  // namespace

SourceKind postgres_kind() {
  return {
      .type = "postgres",
      .doc = "A number out of a SQL query to Postgres, asked read-only.",
      .fields = {sql_query_field("POSTGRES_QUERY"),
                 {.key = "dsn",
                  .kind = FieldKind::kSecret,
                  .env = "POSTGRES_DSN",
                  .doc = "postgres://USER:PASSWORD@HOST:PORT/DATABASE, or libpq's key=value pairs."},
                 {.key = "host",
                  .env = "POSTGRES_HOST",
                  .doc = "Name or address of the server, or the folder of its Unix socket; overrides the dsn's."},
                 {.key = "port",
                  .kind = FieldKind::kInteger,
                  .env = "POSTGRES_PORT",
                  .doc = "TCP port; default: the dsn's, else 5432."},
                 {.key = "user", .env = "POSTGRES_USER", .doc = "User name; overrides the dsn's."},
                 {.key = "password",
                  .kind = FieldKind::kSecret,
                  .env = "POSTGRES_PASSWORD",
                  .doc = "Password; overrides the dsn's."},
                 {.key = "database",
                  .env = "POSTGRES_DATABASE",
                  .doc = "Database; default: the dsn's, else the user's name."},
                 {.key = "sslmode",
                  .env = "POSTGRES_SSLMODE",
                  .doc = "As for libpq; default: the dsn's, else verify-full with tls settings and prefer without.",
                  .choices = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
                 {.key = "listen",
                  .env = "POSTGRES_LISTEN",
                  .doc = "A channel of NOTIFY: what is notified there wakes the apps of this collector at once."}},
      .validate = validate_postgres,
      .make = make_postgres,
  };
}

}  // namespace fas::metrics
