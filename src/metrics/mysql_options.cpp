#include "metrics/mysql_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/http_call.h"
#include "metrics/reading.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

std::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

std::unexpected<Error> bad_dsn(std::string_view what) {
  return invalid(fmt::format("mysql dsn {}; write mysql://USER:PASSWORD@HOST:PORT/DATABASE", what));
}

// Of a driver's URL in a DATABASE_URL, whichever the application uses.
bool is_scheme(std::string_view scheme) {
  constexpr std::string_view kPlain[] = {"mysql", "mariadb", "mysql2", "trilogy"};
  return std::ranges::find(kPlain, scheme) != std::end(kPlain) || scheme.starts_with("mysql+") ||
         scheme.starts_with("mariadb+");
}

std::string canonical(std::string_view text) {
  std::string result = to_lower_ascii(text);
  std::ranges::replace(result, '_', '-');
  return result;
}

Result<MysqlTls> read_mode(std::string_view text) {
  const std::string mode = canonical(text);
  if (mode == "disable" || mode == "disabled") return MysqlTls::kDisable;
  if (mode == "prefer" || mode == "preferred") return MysqlTls::kPrefer;
  if (mode == "require" || mode == "required") return MysqlTls::kRequire;
  if (mode == "verify-full" || mode == "verify-identity") return MysqlTls::kVerifyFull;
  return invalid("mysql sslmode must be disable, prefer, require or verify-full");
}

Result<std::uint16_t> read_port(std::string_view text) {
  const ParsedNumber<std::int64_t> number = parse_int(text);
  if (!number || number.value < 1 || number.value > 65535) return invalid("mysql port must be from 1 to 65535");
  return static_cast<std::uint16_t>(number.value);
}

// Parameters of other drivers mean nothing here, but one about TLS must not be dropped in silence.
Result<void> read_parameter(std::string_view text, MysqlOptions& options, std::optional<MysqlTls>& mode) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string name = canonical(text.substr(0, equals));
  const std::optional<std::string> value = net::percent_decode(text.substr(std::min(equals + 1, text.size())));
  if (!value) return bad_dsn("has a % that no two hexadecimal digits follow");
  if (name == "socket") options.socket = *value;
  if (name == "ssl-mode" || name == "sslmode") {
    const Result<MysqlTls> read = read_mode(*value);
    if (!read) return std::unexpected(read.error());
    mode = *read;
  } else if (name == "sslaccept" && *value == "strict") {
    mode = MysqlTls::kVerifyFull;
  } else if (name.contains("ssl") || name.contains("tls")) {
    return invalid(
        fmt::format("mysql dsn has the parameter {}, which is not known here; use the fields sslmode and tls in its "
                    "place",
                    one_line(name, 60)));
  }
  return {};
}

Result<void> read_authority(std::string_view text, MysqlOptions& options) {
  // An unescaped @ in the password is common enough: the host begins behind the last one.
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = text.substr(0, at);
    const std::size_t colon = std::min(login.find(':'), login.size());
    const std::optional<std::string> user = net::percent_decode(login.substr(0, colon));
    const std::optional<std::string> password = net::percent_decode(login.substr(std::min(colon + 1, login.size())));
    if (!user || !password) return bad_dsn("has a % that no two hexadecimal digits follow; write %25");
    options.user = *user;
    options.password = *password;
    text.remove_prefix(at + 1);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return bad_dsn("has a [ without its ]");
    options.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return bad_dsn("has no colon between ] and the port");
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    options.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (port.size() <= 1) return {};
  const Result<std::uint16_t> number = read_port(port.substr(1));
  if (!number) return std::unexpected(number.error());
  options.port = *number;
  return {};
}

Result<void> read_dsn(std::string_view dsn, MysqlOptions& options, std::optional<MysqlTls>& mode) {
  dsn = trim(dsn);
  if (dsn.empty()) return {};
  const std::size_t scheme_end = dsn.find("://");
  if (scheme_end == std::string_view::npos || !is_scheme(to_lower_ascii(dsn.substr(0, scheme_end)))) {
    return bad_dsn("must begin with mysql://");
  }
  dsn.remove_prefix(scheme_end + 3);
  const std::size_t question = std::min(dsn.find('?'), dsn.size());
  const std::string_view place = dsn.substr(0, question);
  // It would end the password, and show the half of it as a port.
  if (!place.contains('@') && dsn.contains('@')) return bad_dsn("has a ? in user or password; write %3F");
  const std::size_t at = place.rfind('@');
  const std::size_t slash = std::min(place.find('/', at == std::string_view::npos ? 0 : at), place.size());
  if (Result<void> read = read_authority(place.substr(0, slash), options); !read) return read;
  const std::optional<std::string> database = net::percent_decode(place.substr(std::min(slash + 1, place.size())));
  if (!database) return bad_dsn("has a % that no two hexadecimal digits follow");
  options.database = *database;
  if (question == dsn.size()) return {};
  for (const std::string_view parameter : split(dsn.substr(question + 1), '&')) {
    if (Result<void> read = read_parameter(parameter, options, mode); !read) return read;
  }
  return {};
}

Result<void> read_fields(const Settings& settings, MysqlOptions& options, std::optional<MysqlTls>& mode) {
  const std::pair<const char*, std::string*> texts[] = {
      {"user", &options.user}, {"password", &options.password}, {"database", &options.database}};
  for (const auto& [key, place] : texts) {
    if (std::string value = settings.text(key); !value.empty()) *place = std::move(value);
  }
  if (std::string host = settings.text("host"); !host.empty()) {
    const bool is_socket = host.starts_with('/');
    options.host = is_socket ? "" : host;
    options.socket = is_socket ? host : "";
  }
  if (settings.has("port")) {
    const Result<std::uint16_t> port = read_port(std::to_string(settings.integer("port", 0)));
    if (!port) return std::unexpected(port.error());
    options.port = *port;
  }
  if (const std::string text = settings.text("sslmode"); !text.empty()) {
    const Result<MysqlTls> read = read_mode(text);
    if (!read) return std::unexpected(read.error());
    mode = *read;
  }
  return {};
}

Result<void> check(const MysqlOptions& options, std::optional<MysqlTls> mode) {
  if (options.host.empty() && options.socket.empty()) return invalid("mysql dsn or host required");
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == '\x7f'; };
  if (std::ranges::any_of(options.host, is_bad)) return invalid("mysql host must be one name or address");
  if (options.tls == nullptr) return {};
  if (mode == MysqlTls::kDisable) {
    return invalid("mysql has tls settings and sslmode disable; leave out one of them");
  }
  if (!options.tls->server_name.empty()) {
    return invalid("mysql cannot check the certificate for another name than host; leave out tls.server-name");
  }
  return {};
}

}  // namespace

Result<MysqlOptions> read_mysql_options(const Settings& settings) {
  MysqlOptions options;
  options.tls = common_options(settings).tls;
  std::optional<MysqlTls> mode;
  if (Result<void> read = read_dsn(settings.text("dsn"), options, mode); !read) return std::unexpected(read.error());
  if (Result<void> read = read_fields(settings, options, mode); !read) return std::unexpected(read.error());
  if (Result<void> checked = check(options, mode); !checked) return std::unexpected(checked.error());
  const bool verify = options.tls != nullptr && !options.tls->insecure_skip_verify;
  const MysqlTls usual = options.tls == nullptr ? MysqlTls::kPrefer
                         : verify               ? MysqlTls::kVerifyFull
                                                : MysqlTls::kRequire;
  options.mode = mode.value_or(usual);
  return options;
}

std::string printable(const MysqlOptions& options) {
  std::string text = options.socket;
  if (text.empty()) {
    text = options.host.contains(':') ? fmt::format("[{}]:{}", options.host, options.port)
                                      : fmt::format("{}:{}", options.host, options.port);
  }
  if (!options.database.empty()) text += "/" + options.database;
  return one_line(text, 200);
}

}  // namespace fas::metrics
