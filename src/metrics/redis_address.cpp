#include "metrics/redis_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/text.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

std::unexpected<Error> bad(std::string_view what) {
  return fail(ErrorKind::kInvalid,
              fmt::format("redis address {}, as in redis://user:password@redis.internal:6379/0", what));
}

template <class T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "user:password", ":password" or, as many services write it, "password" alone.
bool read_user(std::string_view text, RedisAddress& address) {
  const std::size_t colon = text.find(':');
  const std::string_view user = colon == std::string_view::npos ? "" : text.substr(0, colon);
  const std::string_view password = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const std::optional<std::string> decoded_user = net::percent_decode(user);
  const std::optional<std::string> decoded_password = net::percent_decode(password);
  if (!decoded_user || !decoded_password) return false;
  address.user = *decoded_user;
  address.password = *decoded_password;
  return true;
}

bool read_host(std::string_view text, RedisAddress& address) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    address.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (address.host.empty()) return false;
  if (port.empty()) return true;
  const std::optional<std::uint16_t> number = whole_number<std::uint16_t>(port.substr(1));
  if (!port.starts_with(':') || !number || *number == 0) return false;
  address.port = *number;
  return true;
}

}  // namespace

std::string RedisAddress::printable() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<RedisAddress> parse_redis_address(std::string_view text) {
  Result<std::vector<RedisAddress>> addresses = parse_redis_addresses(text);
  if (!addresses) return std::unexpected(std::move(addresses.error()));
  if (addresses->size() > 1) return bad("has several hosts, which takes cluster or sentinel-master; write one");
  return std::move(addresses->front());
}

Result<std::vector<RedisAddress>> parse_redis_addresses(std::string_view text, std::uint16_t port) {
  text = trim(text);
  text = text.substr(0, text.find_first_of("?#"));
  RedisAddress address;
  address.port = port;
  const std::size_t scheme_end = text.find("://");
  const std::string scheme = to_lower_ascii(text.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end));
  if (scheme != "redis" && scheme != "rediss") return bad("must begin with redis://, or rediss:// for TLS");
  address.use_tls = scheme == "rediss";
  text.remove_prefix(scheme_end + 3);
  // An unescaped @ in the password is common enough: the host begins behind the last one.
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    if (!read_user(text.substr(0, at), address)) return bad("has a % that no two hexadecimal digits follow; write %25");
    text.remove_prefix(at + 1);
  }
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string_view database = slash < text.size() ? text.substr(slash + 1) : "";
  if (!database.empty()) {
    const std::optional<std::int64_t> number = whole_number<std::int64_t>(database);
    if (!number || *number < 0) return bad("must end in the number of a database");
    address.database = *number;
  }
  std::vector<RedisAddress> addresses;
  std::string_view hosts = text.substr(0, slash);
  for (bool more = true; more;) {
    const std::size_t comma = std::min(hosts.find(','), hosts.size());
    addresses.push_back(address);
    if (!read_host(trim(hosts.substr(0, comma)), addresses.back())) {
      return bad("has no host, or no port from 1 to 65535 behind the colon");
    }
    more = comma < hosts.size();
    hosts.remove_prefix(more ? comma + 1 : comma);
  }
  return addresses;
}

}  // namespace fas::metrics
