#include "serve/reply.h"

namespace fas::serve {

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

net::ServerResponse json_reply(int status, const Json& body) {
  net::ServerResponse response;
  response.status = status;
  response.body = dump(body) + "\n";
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

net::ServerResponse error_reply(int status, std::string_view what) {
  return json_reply(status, {{"error", std::string(what)}});
}

net::ServerResponse error_reply(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid: return error_reply(400, error.message);
    case ErrorKind::kNotFound: return error_reply(404, error.message);
    case ErrorKind::kTimeout: return error_reply(504, error.message);
    default: return error_reply(502, error.message);
  }
}

void add_security_headers(net::ServerResponse& response) {
  constexpr std::pair<const char*, const char*> kHeaders[] = {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri "
       "'none'; form-action 'none'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"}};
  for (const auto& [name, value] : kHeaders) response.headers.emplace_back(name, value);
}

}  // namespace fas::serve
