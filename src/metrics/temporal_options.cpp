#include "metrics/temporal_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "metrics/reading.h"
#include "net/tls_context.h"

namespace fas::metrics {
namespace {

constexpr std::string_view kDefaultPort = "7233";

std::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

std::unexpected<Error> bad_address(std::string_view what) {
  return invalid(fmt::format("temporal address {}, as in temporal.internal:7233", what));
}

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[')) {
    const auto is_address_char = [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; };
    return text.size() > 3 && text.ends_with(']') &&
           std::ranges::all_of(text.substr(1, text.size() - 2), is_address_char);
  }
  const auto is_name_char = [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; };
  return !text.empty() && std::ranges::all_of(text, is_name_char);
}

// gRPC ends the program over a header with anything else in it.
bool fits_a_header(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

// A certificate in a variable that lost its line breaks is a common mistake, better found before the first question.
Result<void> check_pair(const std::string& cert, const std::string& key) {
  if (!cert.contains("-----BEGIN ") || !key.contains("-----BEGIN ")) {
    return invalid("temporal cert-data and key-data must be PEM text; for files use tls: {cert, key}");
  }
  const net::TlsSettings pair{.ca = {}, .cert = cert, .key = key, .server_name = {}, .insecure_skip_verify = false};
  if (auto context = net::make_client_context(pair); !context) {
    return invalid("temporal cert-data and key-data are no certificate with its key: " + context.error().message);
  }
  return {};
}

}  // namespace

Result<std::string> parse_temporal_address(std::string_view text) {
  text = trim(text);
  constexpr std::string_view kDns = "dns:///";
  if (text.starts_with(kDns)) text.remove_prefix(kDns.size());
  if (text.contains("://")) return bad_address("must be host:port without a scheme; for TLS write tls: {}");
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? kDefaultPort : text.substr(colon + 1);
  if (port.contains(':')) return bad_address("with IPv6 needs brackets around it ([fdaa::1]:7233)");
  if (!is_host(host) || !is_port(port)) return bad_address("must be a host and a port from 1 to 65535");
  return fmt::format("{}:{}", host, port);
}

Result<TemporalServer> temporal_server(const Settings& settings) {
  Result<std::string> address = parse_temporal_address(settings.text("address"));
  if (!address) return std::unexpected(std::move(address.error()));
  TemporalServer server{.address = std::move(*address), .tls = common_options(settings).tls, .api_key = {}};
  server.api_key = trim(settings.text("api-key"));  // a file's last line break is no part of it
  if (!fits_a_header(server.api_key))
    return invalid("temporal api-key holds what no key can: line breaks or not ASCII");

  const std::string cert = settings.text("cert-data");
  const std::string key = settings.text("key-data");
  if (cert.empty() != key.empty()) return invalid("temporal cert-data and key-data go together; one is missing");
  if (server.tls == nullptr && server.api_key.empty() && cert.empty()) return server;
  net::TlsSettings tls = server.tls != nullptr ? *server.tls : net::TlsSettings{};
  if (!cert.empty()) {
    if (!tls.cert.empty() || !tls.key.empty()) {
      return invalid("temporal cert-data and key-data stand for tls.cert and tls.key; give one pair");
    }
    if (Result<void> checked = check_pair(cert, key); !checked) return std::unexpected(std::move(checked.error()));
    tls.cert = cert;
    tls.key = key;
  }
  server.tls = std::make_shared<const net::TlsSettings>(std::move(tls));
  return server;
}

}  // namespace fas::metrics
