// A TCP relay that a test can cut: between two programs, so that one of them loses the other and nobody else does.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>

namespace fas::test {

// On 127.0.0.1, on the test's own loop.
class Relay {
 public:
  Relay(boost::asio::io_context& loop, std::uint16_t target);
  ~Relay();

  std::uint16_t port() const;

  // As a network that drops every packet: connections stay, new ones come about, and nothing passes. What was sent
  // meanwhile arrives after heal().
  void cut();
  void heal();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fas::test
