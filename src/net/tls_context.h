// TlsSettings for connections that Asio makes. (libcurl's have theirs in curl_tls.h.)
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/error.h"
#include "net/http.h"

namespace fas::net {

// A client's context, TLS 1.2 at least, that verifies the server unless the settings say not to. Without a `ca` the
// system's authorities count, or SSL_CERT_FILE's. Errors: kInvalid for material that cannot be read, naming which.
Result<std::shared_ptr<boost::asio::ssl::context>> make_client_context(const TlsSettings& settings);

}  // namespace fas::net
