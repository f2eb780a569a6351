#include "metrics/github_jwt.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

namespace fas::metrics {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";

// RFC 4648, section 5, without padding.
std::string base64url(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  unsigned pending = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    pending = (pending << 8U) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += kDigits[(pending >> (bits - 6)) & 63U];
  }
  if (bits > 0) text += kDigits[(pending << (6 - bits)) & 63U];
  return text;
}

Result<std::string> sign(std::string_view text, EVP_PKEY* key) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  std::string signature;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1) {
    signature.resize(size);
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) ==
        1) {
      signature.resize(size);
      return signature;
    }
  }
  ERR_clear_error();
  return fail(ErrorKind::kInvalid, "cannot sign with the App's private-key");
}

void unescape_line_breaks(std::string& text) {
  for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at)) text.replace(at, 2, "\n");
}

}  // namespace

Result<PrivateKey> read_rsa_key(const std::string& text_or_path) {
  std::string pem = text_or_path;
  if (pem.contains(kBegin)) {
    unescape_line_breaks(pem);
  } else {
    std::ifstream file(text_or_path, std::ios::binary);
    if (!file) return fail(ErrorKind::kInvalid, "is neither PEM text nor a file that can be read");
    pem.assign(std::istreambuf_iterator<char>(file), {});
  }
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                   &BIO_free);
  // With a pass phrase given, if an empty one, OpenSSL does not ask for it on the terminal.
  std::string pass_phrase;
  PrivateKey key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, pass_phrase.data()), &EVP_PKEY_free);
  ERR_clear_error();
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return fail(ErrorKind::kInvalid,
                "is not an RSA private key in PEM without a pass phrase; make a new one on the App's page");
  }
  return key;
}

Result<std::string> make_github_jwt(const std::string& app_id, const PrivateKey& key, WallTime now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const nlohmann::json claims = {{"iat", seconds - 60}, {"exp", seconds + 540}, {"iss", app_id}};
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;  // throws at broken UTF-8 else
  const std::string text = fmt::format("{}.{}", base64url(R"({"alg":"RS256","typ":"JWT"})"),
                                       base64url(claims.dump(-1, ' ', false, kReplace)));
  Result<std::string> signature = sign(text, key.get());
  if (!signature) return signature;
  return fmt::format("{}.{}", text, base64url(*signature));
}

}  // namespace fas::metrics
