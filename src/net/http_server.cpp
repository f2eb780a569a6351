#include "net/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <charconv>
#include <optional>

#include "net/http_session.h"

namespace fas::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct HostPort {
  std::string host;  // empty: all interfaces
  std::uint16_t port = 0;
};

std::optional<HostPort> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  HostPort result;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.contains(':')) {
    return std::nullopt;
  }
  result.host = host;
  return result;
}

error_code open(Acceptor& acceptor, const tcp::endpoint& endpoint, bool dual_stack) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error && dual_stack) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    error_code ignored;
    acceptor.close(ignored);
  }
  return error;
}

error_code open_all_interfaces(Acceptor& acceptor, std::uint16_t port) {
  const error_code error = open(acceptor, {tcp::v6(), port}, /*dual_stack=*/true);
  // Machines without IPv6 refuse the socket or the address; a port in use is a real answer.
  if (!error || error == asio::error::address_in_use) return error;
  return open(acceptor, {tcp::v4(), port}, /*dual_stack=*/false);
}

// Listener and sweep; lives on its own operations, so that sessions may end their replies after the server is gone.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& loop, std::shared_ptr<ServerCore> core)
      : loop_(loop),
        acceptor_(loop.get_executor()),
        sweep_timer_(loop.get_executor()),
        retry_timer_(loop.get_executor()),
        core_(std::move(core)) {}

  Result<void> listen();
  void start() {
    accept();
    sweep();
  }
  void stop();
  std::uint16_t port() const { return port_; }

 private:
  void accept();
  void accepted(HttpSession::Socket socket);
  void sweep();
  bool make_room();

  asio::io_context& loop_;
  Acceptor acceptor_;
  Timer sweep_timer_;
  Timer retry_timer_;
  std::shared_ptr<ServerCore> core_;
  std::uint16_t port_ = 0;
};

Result<void> Listener::listen() {
  const std::string& text = core_->options.listen;
  const auto address = parse_address(text);
  if (!address) {
    return fail(ErrorKind::kInvalid,
                fmt::format("listen address \"{}\": want \"host:port\" or \":port\", as in \":9090\"", text));
  }
  error_code error;
  if (address->host.empty()) {
    error = open_all_interfaces(acceptor_, address->port);
  } else {
    tcp::resolver resolver(loop_);
    const auto found = resolver.resolve(address->host, std::to_string(address->port), tcp::resolver::passive, error);
    if (error) return fail(ErrorKind::kInvalid, fmt::format("listen {}: {}", text, error.message()));
    error = open(acceptor_, found.begin()->endpoint(), /*dual_stack=*/false);
  }
  if (error) return fail(ErrorKind::kUnavailable, fmt::format("listen {}: {}", text, error.message()));
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void Listener::accept() {
  acceptor_.async_accept([self = shared_from_this()](error_code error, HttpSession::Socket socket) {
    if (self->core_->stopping) return;
    if (!error) {
      self->accepted(std::move(socket));
      return self->accept();
    }
    // Out of descriptors, most likely: give connections a moment to end instead of spinning.
    self->retry_timer_.expires_after(std::chrono::milliseconds(100));
    self->retry_timer_.async_wait([self](error_code cancelled) {
      if (!cancelled && !self->core_->stopping) self->accept();
    });
  });
}

void Listener::accepted(HttpSession::Socket socket) {
  const bool room = core_->sessions.size() < core_->options.max_connections || make_room();
  auto session = std::make_shared<HttpSession>(std::move(socket), core_);
  if (room) {
    session->start();
  } else if (core_->sessions.size() <= core_->options.max_connections + 64) {
    session->refuse();
  }  // else too many even to be told so: closed as it goes out of scope
}

// Closes the connection that has been idle longest. False when none is idle.
bool Listener::make_room() {
  HttpSession* oldest = nullptr;
  for (HttpSession* session : core_->sessions) {
    if (session->idle() && (oldest == nullptr || session->deadline() < oldest->deadline())) oldest = session;
  }
  if (oldest != nullptr) oldest->close();
  return oldest != nullptr;
}

void Listener::sweep() {
  const auto shortest = std::min(core_->options.idle_timeout, core_->options.read_timeout);
  const auto pause = std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(500));
  sweep_timer_.expires_after(core_->stopping ? std::chrono::milliseconds(10) : pause);
  sweep_timer_.async_wait([self = shared_from_this()](error_code) {
    const TimePoint now = std::chrono::steady_clock::now();
    std::vector<HttpSession*> late;
    for (HttpSession* session : self->core_->sessions) {
      if (session->deadline() <= now) late.push_back(session);
    }
    for (HttpSession* session : late) session->close();  // only closes the socket: the session itself ends later
    if (!self->core_->stopping || !self->core_->sessions.empty()) self->sweep();
  });
}

void Listener::stop() {
  if (core_->stopping) return;
  core_->stopping = true;
  error_code ignored;
  acceptor_.close(ignored);
  retry_timer_.cancel();
  const std::vector<HttpSession*> sessions(core_->sessions.begin(), core_->sessions.end());
  std::vector<std::shared_ptr<HttpSession>> alive;
  for (HttpSession* session : sessions) {
    if (auto held = session->weak_from_this().lock()) alive.push_back(std::move(held));
  }
  for (const auto& session : alive) session->stop();
  sweep_timer_.cancel();
}

class BeastServer final : public HttpServer {
 public:
  explicit BeastServer(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) {}
  BeastServer(const BeastServer&) = delete;
  BeastServer& operator=(const BeastServer&) = delete;
  ~BeastServer() override { listener_->stop(); }
  std::uint16_t port() const override { return listener_->port(); }
  void stop() override { listener_->stop(); }

 private:
  std::shared_ptr<Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(asio::io_context& loop, ServerOptions options, Handler handler,
                                                      FastHandler fast) {
  auto core = std::make_shared<ServerCore>();
  core->options = std::move(options);
  core->handler = std::move(handler);
  core->fast = std::move(fast);
  auto listener = std::make_shared<Listener>(loop, std::move(core));
  if (auto listening = listener->listen(); !listening) return std::unexpected(std::move(listening.error()));
  listener->start();
  return std::make_unique<BeastServer>(std::move(listener));
}

}  // namespace fas::net
