// AWS Signature Version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html), pure.
//
// Not by libcurl, which can sign as well: version 7.88 signs headers that it is told to leave out, `Expect` for one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace fas::metrics {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: long-term keys; else to be sent, and signed, as x-amz-security-token
};

struct SigV4Request {
  std::string method = "POST";
  std::string path = "/";  // percent-encoded
  std::string query;       // percent-encoded, and sorted by name
  // All that is signed, names in lower case; `host` and `x-amz-date` are required.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// "20150830T123600Z", the value of x-amz-date.
std::string amz_date(WallTime now);

// The value of the header `Authorization`; holds the id of the key, not its secret.
std::string sigv4_authorization(SigV4Request request, const AwsCredentials& credentials, std::string_view region,
                                std::string_view service);

}  // namespace fas::metrics
