// What GitHub's webhook sends, signed.
#pragma once

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <nlohmann/json.hpp>
#include <string>

namespace fas::test {

// A job that was queued in "owner/name".
inline std::string github_job(const std::string& repository, const std::string& label = "fly") {
  const nlohmann::json body = {{"action", "queued"},
                               {"workflow_job", {{"status", "queued"}, {"labels", {"self-hosted", label}}}},
                               {"repository", {{"full_name", repository}}}};
  return body.dump();
}

// The value of X-Hub-Signature-256.
inline std::string github_signature(const std::string& secret, const std::string& body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest, &size);
  std::string text = "sha256=";
  for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace fas::test
