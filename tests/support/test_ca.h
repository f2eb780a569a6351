// A certificate authority for one test: made anew each time, valid for an hour.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace fas::test {

class TestCa {
 public:
  struct Identity {
    std::string cert;  // PEM
    std::string key;   // PEM
  };

  TestCa();

  std::string pem() const;
  // `alternative_name` as OpenSSL writes it: "IP:127.0.0.1" or "DNS:api.test".
  Identity issue(const std::string& alternative_name) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> cert_;
};

// A server's context; with `client_ca`, it asks for a client certificate and insists on one.
boost::asio::ssl::context server_context(const TestCa::Identity& identity, const std::string& client_ca = "");

}  // namespace fas::test
