// The JSON API of one of several autoscalers: what it shows is of all of them, whichever is asked. Reads ask the others
// as well; what is about an app goes to the autoscaler that looks after it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "coordination/membership.h"
#include "net/http.h"
#include "net/http_server.h"
#include "serve/api.h"
#include "serve/reply.h"

namespace fas::serve {

// On the loop's thread.
class GroupApi {
 public:
  // All outlive it.
  GroupApi(Api& api, const coordination::Membership& membership, net::HttpTransport& http, Clock& clock)
      : api_(api), membership_(membership), http_(http), clock_(clock) {}

  // For a path that begins with /api/.
  boost::asio::awaitable<net::ServerResponse> handle(const net::ServerRequest& request);

 private:
  struct Other {
    std::string name, address;
  };
  using Reply = net::ServerResponse;

  Reply members() const;
  std::vector<Other> others() const;
  const coordination::Member* owner(std::string_view app) const;
  boost::asio::awaitable<Reply> forward(const net::ServerRequest& request, Other to);
  boost::asio::awaitable<std::vector<Json>> ask_others(std::string target);
  boost::asio::awaitable<std::vector<Json>> ask_all(const net::ServerRequest& request, std::string query, Reply& own);
  boost::asio::awaitable<Reply> events(const net::ServerRequest& request);
  boost::asio::awaitable<std::vector<Json>> lines_of_others(std::string app);
  boost::asio::awaitable<std::vector<Json>> decisions_of_others(std::string app, WallTime since);
  boost::asio::awaitable<Reply> webhook(const net::ServerRequest& request);
  boost::asio::awaitable<Reply> apps(const net::ServerRequest& request);
  boost::asio::awaitable<Reply> status(const net::ServerRequest& request);
  boost::asio::awaitable<Reply> decisions(const net::ServerRequest& request);

  Api& api_;
  const coordination::Membership& membership_;
  net::HttpTransport& http_;
  Clock& clock_;
};

}  // namespace fas::serve
