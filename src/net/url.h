// The few things that clients do with URLs by themselves: build a path or a query, and name an URL in a message.
// Parsing for the connection is libcurl's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fas::net {

// Everything but RFC 3986's unreserved characters (letters, digits, `-._~`) as %XX: for one path segment or one query
// name or value.
std::string percent_encode(std::string_view text);

// The other way; nullopt when a % has no two hexadecimal digits behind it.
std::optional<std::string> percent_decode(std::string_view text);

// The parts of "scheme://user@host:port/path?query#fragment" that may be shown. Never fails: a part that is not there
// is empty, `port` too. `host` of an IPv6 address has no brackets.
struct UrlParts {
  std::string_view scheme;
  std::string_view host;
  std::string_view port;
  std::string_view path;  // "/" at least when there is a host
};
UrlParts split_url(std::string_view url);

// "https://host:port/path", for messages: no user info, query or fragment, where secrets may stand.
std::string printable_url(std::string_view url);

// Is `host` this very machine by its text: "localhost", a name under it, 127.0.0.0/8 or ::1?
bool is_loopback(std::string_view host);

}  // namespace fas::net
