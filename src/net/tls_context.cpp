#include "net/tls_context.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <string>
#include <string_view>

namespace fas::net {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using boost::system::error_code;

bool is_pem(std::string_view text) { return text.find("-----BEGIN ") != std::string_view::npos; }

// `from_text` where the material is PEM text, `from_file` where it is a path.
template <class FromText, class FromFile>
Result<void> load(std::string_view what, const std::string& material, FromText from_text, FromFile from_file) {
  if (material.empty()) return {};
  error_code error;
  if (is_pem(material)) {
    from_text(asio::buffer(material), error);
  } else {
    from_file(material, error);
  }
  if (!error) return {};
  return fail(ErrorKind::kInvalid,
              fmt::format("cannot use tls.{}: {}; give PEM text or the path of a PEM file", what, error.message()));
}

Result<void> load_all(ssl::context& context, const TlsSettings& settings) {
  Result<void> loaded = load(
      "ca", settings.ca,
      [&](asio::const_buffer pem, error_code& error) { context.add_certificate_authority(pem, error); },
      [&](const std::string& path, error_code& error) { context.load_verify_file(path, error); });
  if (!loaded) return loaded;
  loaded = load(
      "cert", settings.cert,
      [&](asio::const_buffer pem, error_code& error) { context.use_certificate_chain(pem, error); },
      [&](const std::string& path, error_code& error) { context.use_certificate_chain_file(path, error); });
  if (!loaded) return loaded;
  // A single PEM may hold both certificate and key.
  return load(
      "key", settings.key.empty() ? settings.cert : settings.key,
      [&](asio::const_buffer pem, error_code& error) { context.use_private_key(pem, ssl::context::pem, error); },
      [&](const std::string& path, error_code& error) {
        context.use_private_key_file(path, ssl::context::pem, error);
      });
}

}  // namespace

Result<std::shared_ptr<ssl::context>> make_client_context(const TlsSettings& settings) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  error_code ignored;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, ignored);
  if (settings.ca.empty()) context->set_default_verify_paths(ignored);
  if (Result<void> loaded = load_all(*context, settings); !loaded) return std::unexpected(std::move(loaded.error()));
  context->set_verify_mode(settings.insecure_skip_verify ? ssl::verify_none : ssl::verify_peer, ignored);
  return context;
}

}  // namespace fas::net
