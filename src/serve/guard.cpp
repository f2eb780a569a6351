#include "serve/guard.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <string_view>

#include "base/text.h"
#include "serve/reply.h"

namespace fas::serve {
namespace {

// Takes as long for a wrong token as for the right one, whatever they have in common.
bool same(std::string_view a, std::string_view b) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash_a{};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash_b{};
  SHA256(reinterpret_cast<const unsigned char*>(a.data()), a.size(), hash_a.data());
  SHA256(reinterpret_cast<const unsigned char*>(b.data()), b.size(), hash_b.data());
  return CRYPTO_memcmp(hash_a.data(), hash_b.data(), hash_a.size()) == 0;
}

// An empty token is nobody's.
bool bears(const net::ServerRequest& request, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  return !token.empty() && header.starts_with(kScheme) && same(header.substr(kScheme.size()), token);
}

bool is_empty(const net::ServerRequest& request) { return request.header("Authorization").empty(); }

net::ServerResponse unauthorized(std::string_view why) {
  net::ServerResponse response = error_reply(401, why);
  response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"fly-autoscaler\"");
  return response;
}

}  // namespace

bool is_cross_site(const net::ServerRequest& request) {
  const std::string_view site = request.header("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return false;
  const std::size_t host = origin.find("://");
  return host == std::string_view::npos || origin.substr(host + 3) != request.header("Host");
}

std::optional<net::ServerResponse> refuse(const net::ServerRequest& request, const std::string& admin_token) {
  if (is_cross_site(request)) return error_reply(403, "requests from pages of other sites are refused");
  if (admin_token.empty()) {
    return error_reply(403, "nothing can be changed here: no admin-token is set; set it in the configuration");
  }
  if (bears(request, admin_token)) return std::nullopt;
  return unauthorized(is_empty(request) ? "this needs the admin-token" : "wrong admin-token");
}

std::optional<net::ServerResponse> refuse_wake(const net::ServerRequest& request, const std::string& tick_token,
                                               const std::string& admin_token) {
  if (is_cross_site(request)) return error_reply(403, "requests from pages of other sites are refused");
  if (tick_token.empty() && admin_token.empty()) {
    return error_reply(403, "no app can be woken here: no tick-token is set; set it in the configuration");
  }
  const bool may_tick = bears(request, tick_token);
  const bool may_all = bears(request, admin_token);
  if (may_tick || may_all) return std::nullopt;
  return unauthorized(is_empty(request) ? "this needs the tick-token" : "wrong tick-token");
}

}  // namespace fas::serve
