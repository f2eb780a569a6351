// Where a Temporal frontend is, and how to get in.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "metrics/registry.h"
#include "net/http.h"

namespace fas::metrics {

struct TemporalServer {
  std::string address;                          // "host:port", IPv6 in brackets
  std::shared_ptr<const net::TlsSettings> tls;  // null: plain text
  std::string api_key;                          // empty: none
};

// "host", "host:port" or "[IPv6]:port", perhaps behind Go's "dns:///", as "host:port" with 7233 for a missing port.
// Errors: kInvalid.
Result<std::string> parse_temporal_address(std::string_view text);

// TLS is on where there are `tls` settings, a client certificate or an API key. Errors: kInvalid when the fields do not
// go together or a certificate given as text cannot be used.
Result<TemporalServer> temporal_server(const Settings& settings);

}  // namespace fas::metrics
