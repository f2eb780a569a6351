// How a GitHub App says who it is: a JSON Web Token (RFC 7519) signed with the App's private key (RS256).
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace fas::metrics {

using PrivateKey = std::shared_ptr<EVP_PKEY>;

// PEM text, whose line breaks may be written \n as environment variables often have them, or a path to a file. Errors
// (kInvalid) show nothing of it.
Result<PrivateKey> read_rsa_key(const std::string& text_or_path);

// Valid from a minute before `now`, since clocks differ, until nine minutes after; GitHub takes ten at most.
Result<std::string> make_github_jwt(const std::string& app_id, const PrivateKey& key, WallTime now);

}  // namespace fas::metrics
