#include "metrics/sigv4.h"

#include <date/date.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"

namespace fas::metrics {
namespace {

using Digest = std::array<unsigned char, 32>;

std::string_view bytes(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::string hex(const Digest& digest) { return fmt::format("{:02x}", fmt::join(digest, "")); }

Digest sha256(std::string_view text) {
  Digest digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

Digest hmac(std::string_view key, std::string_view text) {
  Digest digest{};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest.data(), nullptr);
  return digest;
}

std::string_view find(const SigV4Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

std::string amz_date(WallTime now) {
  return date::format("%Y%m%dT%H%M%SZ", std::chrono::floor<std::chrono::seconds>(now));
}

std::string sigv4_authorization(SigV4Request request, const AwsCredentials& credentials, std::string_view region,
                                std::string_view service) {
  std::ranges::sort(request.headers);
  std::string names;
  std::string lines;
  for (const auto& [name, value] : request.headers) {
    names += fmt::format("{}{}", names.empty() ? "" : ";", name);
    lines += fmt::format("{}:{}\n", name, trim(value));
  }
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path, request.query,
                                            lines, names, hex(sha256(request.body)));
  const std::string_view time = find(request, "x-amz-date");
  const std::string_view day = time.substr(0, 8);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", time, scope, hex(sha256(canonical)));

  Digest key = hmac("AWS4" + credentials.secret_access_key, day);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")}) key = hmac(bytes(key), part);
  return fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", credentials.access_key_id,
                     scope, names, hex(hmac(bytes(key), to_sign)));
}

}  // namespace fas::metrics
