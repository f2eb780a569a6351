#include "sim/server.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "sim/machine_config.h"

namespace fas::sim {
namespace {

namespace asio = boost::asio;
using net::ServerRequest;
using net::ServerResponse;

// The world moves on so often when nobody asks, so that a long silence leaves nothing much to catch up with.
constexpr std::chrono::milliseconds kIdleStep{50};
constexpr double kMinScale = 1e-3;

void add_app(World& world, InitialApp initial) {
  App* app = world.add_app(std::move(initial.app));
  if (app == nullptr) return;
  for (int i = 0; i < initial.machines; ++i) {
    const std::string region =
        initial.regions.empty() ? std::string() : initial.regions[static_cast<std::size_t>(i) % initial.regions.size()];
    world.add_machine(*app, "", region, default_config(app->name), initial.state);
  }
}

}  // namespace

// Shared with the coroutines that still answer when the server is gone.
struct Server::State : std::enable_shared_from_this<Server::State> {
  State(asio::io_context& io, Options options)
      : loop(io),
        world(std::move(options.world)),
        api(world, std::move(options.api)),
        scale(std::max(options.time_scale, kMinScale)),
        begin(std::chrono::steady_clock::now()),
        ticker(io) {
    for (InitialApp& app : options.apps) add_app(world, std::move(app));
  }

  void advance() {
    const std::chrono::duration<double, std::nano> passed = std::chrono::steady_clock::now() - begin;
    world.advance(Duration(static_cast<Duration::rep>(passed.count() * scale)));
  }
  void tick() {
    ticker.expires_after(kIdleStep);
    ticker.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error) return;
      self->advance();
      self->tick();
    });
  }
  // Of simulated time.
  asio::awaitable<void> sleep(Duration time) {
    const double real = static_cast<double>(time.count()) / scale;
    asio::steady_timer timer(loop, std::chrono::nanoseconds(static_cast<std::int64_t>(real)));
    co_await timer.async_wait(asio::use_awaitable);
    advance();
  }

  // Everything that needs no time to pass; most of what there is when no latency is asked for.
  bool answer_now(const ServerRequest& request, ServerResponse& response) {
    if (!api.immediate() || request.path.ends_with("/wait")) return false;
    advance();
    const Api::Call call = api.begin(request);
    Duration until{0};
    auto answer = api.answer(call, request, until);
    if (!answer) return false;
    response = std::move(*answer);
    return true;
  }

  static asio::awaitable<ServerResponse> answer(std::shared_ptr<State> self, const ServerRequest& request) {
    self->advance();
    const Api::Call call = self->api.begin(request);
    if (call.before > Duration::zero()) co_await self->sleep(call.before);
    Duration until{0};
    std::optional<ServerResponse> response = self->api.answer(call, request, until);
    while (!response) {
      const Duration next = std::min(until, self->world.next_event().value_or(until));
      co_await self->sleep(std::max(next - self->world.now(), Duration(1'000'000)));
      response = self->api.answer(call, request, until);
    }
    if (call.after > Duration::zero()) co_await self->sleep(call.after);
    co_return std::move(*response);
  }

  asio::io_context& loop;
  World world;
  Api api;
  double scale;
  TimePoint begin;
  asio::steady_timer ticker;
};

Result<std::unique_ptr<Server>> Server::start(asio::io_context& loop, Options options) {
  net::ServerOptions http;
  http.listen = options.listen;
  http.max_connections = 16'384;
  options.world.epoch = std::chrono::system_clock::now();
  auto state = std::make_shared<State>(loop, std::move(options));
  auto started = net::HttpServer::start(
      loop, std::move(http), [state](const ServerRequest& request) { return State::answer(state, request); },
      [state](const ServerRequest& request, ServerResponse& response) { return state->answer_now(request, response); });
  if (!started) return std::unexpected(std::move(started.error()));
  state->tick();
  std::unique_ptr<Server> server(new Server(std::move(state)));
  server->http_ = std::move(*started);
  return server;
}

Server::~Server() { stop(); }

void Server::stop() {
  http_->stop();
  state_->ticker.cancel();
}

std::uint16_t Server::port() const { return http_->port(); }

std::string Server::url() const { return "http://127.0.0.1:" + std::to_string(port()); }

World& Server::world() {
  state_->advance();
  return state_->world;
}

Api& Server::api() { return state_->api; }

}  // namespace fas::sim
