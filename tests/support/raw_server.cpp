#include "tests/support/raw_server.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace fas::test {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string RawRequest::header(std::string_view name) const {
  for (const std::string_view row : split(head, '\n')) {
    const std::size_t colon = row.find(':');
    if (colon != std::string_view::npos && to_lower_ascii(row.substr(0, colon)) == to_lower_ascii(name)) {
      return std::string(trim(row.substr(colon + 1)));
    }
  }
  return {};
}

RawReply http_reply(int status, std::string_view body, std::string_view headers) {
  return {.bytes = fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body)};
}

struct RawServer::State {
  State(asio::io_context& loop, Script the_script, asio::ssl::context* the_tls)
      : acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        script(std::move(the_script)),
        tls(the_tls) {}

  tcp::acceptor acceptor;
  Script script;
  asio::ssl::context* tls;
  OnAccept on_accept = OnAccept::kServe;
  int connections = 0;
  std::vector<RawRequest> requests;
  std::vector<std::weak_ptr<tcp::socket>> sockets;
};

namespace {

void reset(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

// Reads one request; false when the peer is gone.
template <class Stream>
asio::awaitable<bool> read_request(Stream& stream, std::string& buffer, RawRequest& request) {
  auto dynamic = asio::dynamic_buffer(buffer);
  auto [error, head_size] =
      co_await asio::async_read_until(stream, dynamic, "\r\n\r\n", asio::as_tuple(asio::use_awaitable));
  if (error) co_return false;
  request.head = buffer.substr(0, head_size);
  request.line = request.head.substr(0, request.head.find('\r'));
  buffer.erase(0, head_size);
  const std::string length_text = request.header("content-length");
  std::size_t length = 0;
  std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
  if (buffer.size() < length) {
    auto [body_error, read] = co_await asio::async_read(stream, dynamic, asio::transfer_exactly(length - buffer.size()),
                                                        asio::as_tuple(asio::use_awaitable));
    if (body_error) co_return false;
  }
  request.body = buffer.substr(0, length);
  buffer.erase(0, length);
  co_return true;
}

template <class Stream>
asio::awaitable<bool> write_reply(Stream& stream, const RawReply& reply) {
  const std::size_t step = reply.drip ? 1 : std::max<std::size_t>(reply.bytes.size(), 1);
  for (std::size_t at = 0; at < reply.bytes.size(); at += step) {
    if (at > 0) co_await pause(std::chrono::milliseconds(1));
    auto piece = asio::buffer(reply.bytes.data() + at, std::min(step, reply.bytes.size() - at));
    auto [error, written] = co_await asio::async_write(stream, piece, asio::as_tuple(asio::use_awaitable));
    if (error) co_return false;
  }
  co_return true;
}

template <class State, class Stream>
asio::awaitable<void> serve(std::shared_ptr<State> state, std::shared_ptr<tcp::socket> socket, Stream& stream,
                            int number) {
  std::string buffer;
  for (;;) {
    RawRequest request;
    const bool read = co_await read_request(stream, buffer, request);
    if (!read) co_return;
    request.connection = number;
    state->requests.push_back(request);
    const RawReply reply = state->script(request);
    const bool written = co_await write_reply(stream, reply);
    if (!written || reply.then == RawReply::Then::kClose) co_return;
    if (reply.then == RawReply::Then::kReset) {
      reset(*socket);
      co_return;
    }
    if (reply.then == RawReply::Then::kHang) {
      char byte = 0;  // until the peer gives up
      auto one = asio::buffer(&byte, 1);
      co_await asio::async_read(stream, one, asio::as_tuple(asio::use_awaitable));
      co_return;
    }
  }
}

template <class State>
asio::awaitable<void> handle(std::shared_ptr<State> state, std::shared_ptr<tcp::socket> socket, int number) {
  if (state->on_accept == RawServer::OnAccept::kReset) {
    reset(*socket);
    co_return;
  }
  if (state->on_accept == RawServer::OnAccept::kIgnore) {
    co_await socket->async_wait(tcp::socket::wait_error, asio::as_tuple(asio::use_awaitable));
    co_return;
  }
  if (state->tls == nullptr) {
    co_await serve(state, socket, *socket, number);
    co_return;
  }
  asio::ssl::stream<tcp::socket&> stream(*socket, *state->tls);
  auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
  if (!error) co_await serve(state, socket, stream, number);
}

template <class State>
asio::awaitable<void> accept_all(std::shared_ptr<State> state) {
  for (;;) {
    auto [error, socket] = co_await state->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    auto shared = std::make_shared<tcp::socket>(std::move(socket));
    state->sockets.push_back(shared);
    asio::co_spawn(state->acceptor.get_executor(), handle(state, shared, ++state->connections), asio::detached);
  }
}

}  // namespace

RawServer::RawServer(asio::io_context& loop, Script script, asio::ssl::context* tls)
    : state_(std::make_shared<State>(loop, std::move(script), tls)) {
  asio::co_spawn(loop, accept_all(state_), asio::detached);
}

RawServer::~RawServer() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
  for (const auto& weak : state_->sockets) {
    if (const auto socket = weak.lock()) socket->close(ignored);
  }
}

std::uint16_t RawServer::port() const { return state_->acceptor.local_endpoint().port(); }

std::string RawServer::url(std::string_view path) const {
  return fmt::format("{}://127.0.0.1:{}{}", state_->tls == nullptr ? "http" : "https", port(), path);
}

void RawServer::set_on_accept(OnAccept what) { state_->on_accept = what; }
int RawServer::connections() const { return state_->connections; }
const std::vector<RawRequest>& RawServer::requests() const { return state_->requests; }

}  // namespace fas::test
