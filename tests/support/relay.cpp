#include "tests/support/relay.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/event.h"

namespace fas::test {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
const asio::ip::address kLoopback = asio::ip::address_v4::loopback();

struct Pair {
  explicit Pair(asio::io_context& loop) : near(loop), far(loop) {}
  tcp::socket near, far;
};

}  // namespace

struct Relay::State {
  State(asio::io_context& loop, std::uint16_t to)
      : acceptor(loop, tcp::endpoint(kLoopback, 0)), target(to), healed(loop.get_executor()) {}

  tcp::acceptor acceptor;
  std::uint16_t target;
  bool is_cut = false;
  net::Event healed;
};

namespace {

template <class State>
asio::awaitable<void> pump(std::shared_ptr<State> state, std::shared_ptr<Pair> pair, tcp::socket& from,
                           tcp::socket& to) {
  std::array<char, 16384> bytes;
  for (;;) {
    const auto [error, size] = co_await from.async_read_some(asio::buffer(bytes), kAwait);
    while (state->is_cut) {
      state->healed.clear();
      co_await state->healed.wait();
    }
    if (error) break;
    const auto [failed, written] = co_await asio::async_write(to, asio::buffer(bytes, size), kAwait);
    if (failed) break;
  }
  boost::system::error_code ignored;
  pair->near.close(ignored);
  pair->far.close(ignored);
}

template <class State>
asio::awaitable<void> serve(std::shared_ptr<State> state, asio::io_context& loop) {
  for (;;) {
    auto pair = std::make_shared<Pair>(loop);
    const auto [error] = co_await state->acceptor.async_accept(pair->near, kAwait);
    if (error) co_return;
    const tcp::endpoint target(kLoopback, state->target);
    const auto [failed] = co_await pair->far.async_connect(target, kAwait);
    if (failed) continue;
    asio::co_spawn(loop, pump(state, pair, pair->near, pair->far), asio::detached);
    asio::co_spawn(loop, pump(state, pair, pair->far, pair->near), asio::detached);
  }
}

}  // namespace

Relay::Relay(asio::io_context& loop, std::uint16_t target) : state_(std::make_shared<State>(loop, target)) {
  asio::co_spawn(loop, serve(state_, loop), asio::detached);
}

Relay::~Relay() {
  boost::system::error_code ignored;
  state_->acceptor.close(ignored);
}

std::uint16_t Relay::port() const { return state_->acceptor.local_endpoint().port(); }

void Relay::cut() { state_->is_cut = true; }

void Relay::heal() {
  state_->is_cut = false;
  state_->healed.notify();
}

}  // namespace fas::test
