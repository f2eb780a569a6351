#include "net/curl_tls.h"

#include <cstdlib>
#include <string>

namespace fas::net {
namespace {

bool is_pem(const std::string& text) { return text.find("-----BEGIN ") != std::string::npos; }

// PEM text goes in as a blob, anything else as the path of a file.
void set_material(CURL* easy, const std::string& material, CURLoption as_blob, CURLoption as_path) {
  if (material.empty()) return;
  if (!is_pem(material)) {
    curl_easy_setopt(easy, as_path, material.c_str());
    return;
  }
  curl_blob blob{
      .data = const_cast<char*>(material.data()),  // copied, but the field is not const
      .len = material.size(),
      .flags = CURL_BLOB_COPY,
  };
  curl_easy_setopt(easy, as_blob, &blob);
}

// SSL_CERT_FILE counts for programs on OpenSSL; libcurl by itself ignores it.
std::string authorities(const TlsSettings& settings) {
  if (!settings.ca.empty()) return settings.ca;
  const char* file = std::getenv("SSL_CERT_FILE");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return file == nullptr ? "" : file;
}

}  // namespace

void apply_tls(CURL* easy, const TlsSettings& settings) {
  if (const std::string ca = authorities(settings); !ca.empty()) {
    // The system's folder would otherwise be trusted besides.
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
    set_material(easy, ca, CURLOPT_CAINFO_BLOB, CURLOPT_CAINFO);
  }
  set_material(easy, settings.cert, CURLOPT_SSLCERT_BLOB, CURLOPT_SSLCERT);
  // A single PEM may hold both certificate and key.
  set_material(easy, settings.key.empty() ? settings.cert : settings.key, CURLOPT_SSLKEY_BLOB, CURLOPT_SSLKEY);
  if (settings.insecure_skip_verify) {
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
}

}  // namespace fas::net
