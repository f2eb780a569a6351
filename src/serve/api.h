// The JSON API below /api/v1, as openapi.json describes it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "control/board.h"
#include "control/github_wakes.h"
#include "control/history.h"
#include "control/schedulers.h"
#include "control/telemetry.h"
#include "net/http_server.h"
#include "net/offload.h"
#include "serve/events.h"
#include "serve/reply.h"
#include "serve/request.h"

namespace fas::serve {

// In a request that another autoscaler passes on.
inline constexpr std::string_view kRelayedHeader = "Fas-Relayed";

// What the API shows and moves; outlives it.
struct ApiParts {
  boost::asio::io_context& loop;
  Clock& clock;
  control::Schedulers& schedulers;
  control::Telemetry& telemetry;
  control::Board& board;
  control::History& history;
  std::function<std::string()> history_note;  // what is wrong with the history; empty: nothing
};

// How large the body of a request for this path may be.
std::size_t body_bound(std::string_view path);

// On the loop's thread.
class Api {
 public:
  explicit Api(ApiParts parts);

  // For a path that begins with /api/.
  boost::asio::awaitable<net::ServerResponse> handle(const net::ServerRequest& request);

 private:
  using Reply = net::ServerResponse;
  struct Call {
    const net::ServerRequest& request;
    Query query;
    std::string app;  // of the path
  };

  Reply status(const Call& call);
  Reply apps(const Call& call);
  Reply app(const Call& call);
  Reply configuration();
  boost::asio::awaitable<Reply> samples(const Call& call);
  boost::asio::awaitable<Reply> decisions(const Call& call);
  boost::asio::awaitable<Reply> plan(const Call& call);
  boost::asio::awaitable<Reply> evaluate(const Call& call);
  boost::asio::awaitable<Reply> wake(const net::ServerRequest& request, std::string app);
  boost::asio::awaitable<Reply> change(const Call& call, std::string_view what);
  Reply summary(const std::string& app);

  boost::asio::awaitable<Reply> about_app(const Call& call, const std::vector<std::string>& path);
  boost::asio::awaitable<Reply> about_all(const Call& call, const std::vector<std::string>& path);

  ApiParts parts_;
  Events events_;
  control::GithubWakes github_;
  net::Offload offload_;  // of long evaluations
  WallTime started_;
  std::map<std::string, TimePoint, std::less<>> looked_;  // when plan was asked last
};

}  // namespace fas::serve
