// Who may change something through the API.
#pragma once

#include <optional>
#include <string>

#include "net/http_server.h"

namespace fas::serve {

// The refusal, or nullopt where the request bears the token ("Authorization: Bearer TOKEN") and does not come from
// another site's page. 403 where no token is configured: then nothing can be changed. A browser never adds such a
// header by itself, so that a page of somebody else cannot borrow its user's rights.
std::optional<net::ServerResponse> refuse(const net::ServerRequest& request, const std::string& admin_token);

// The same for a call that wakes an app: the tick-token will do, and so will the admin-token.
std::optional<net::ServerResponse> refuse_wake(const net::ServerRequest& request, const std::string& tick_token,
                                               const std::string& admin_token);

// Does the request come from a page of another origin?
bool is_cross_site(const net::ServerRequest& request);

}  // namespace fas::serve
