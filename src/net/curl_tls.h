// TlsSettings as libcurl's options. Internal to CurlTransport.
#pragma once

#include <curl/curl.h>

#include "net/http.h"

namespace fas::net {

// `settings` is copied. Without a `ca`, SSL_CERT_FILE names the authorities where it is set, else the system's count.
// Unusable material shows when the connection is made (CURLE_SSL_CERTPROBLEM, ..._BADFILE).
void apply_tls(CURL* easy, const TlsSettings& settings);

}  // namespace fas::net
