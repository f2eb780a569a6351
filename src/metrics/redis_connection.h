// Who answers commands, and the plain case: one kept connection to a Redis server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "metrics/redis_address.h"
#include "metrics/redis_reply.h"
#include "metrics/registry.h"
#include "net/client_stream.h"
#include "net/event.h"

namespace fas::metrics {

class RedisServer {
 public:
  RedisServer() = default;
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;
  virtual ~RedisServer() = default;

  // The replies in the order of the commands, errors of single commands among them. The commands must only read: they
  // may be sent twice.
  virtual boost::asio::awaitable<Result<std::vector<RedisReply>>> ask(std::vector<RedisCommand> commands,
                                                                      Deadline deadline) = 0;
};

// Made when first needed, kept, and made anew when it proves dead. Any number of callers may ask at once, on the loop's
// thread; they take turns, each with all of its commands in one round trip.
class RedisConnection final : public RedisServer, public std::enable_shared_from_this<RedisConnection> {
 public:
  RedisConnection(const SourceContext& context, RedisAddress address, std::shared_ptr<const net::TlsSettings> tls);

  // The connection of that address and those settings: all that ask for the same one on the same loop share it for as
  // long as any of them lives.
  static std::shared_ptr<RedisConnection> shared(const SourceContext& context, const RedisAddress& address,
                                                 const std::shared_ptr<const net::TlsSettings>& tls);

  // Commands whose connection broke are sent once more on a new one.
  boost::asio::awaitable<Result<std::vector<RedisReply>>> ask(std::vector<RedisCommand> commands,
                                                              Deadline deadline) override;

  const RedisAddress& address() const { return address_; }

 private:
  using Replies = std::vector<RedisReply>;
  struct Link {
    std::unique_ptr<net::ClientStream> stream;
    RedisReplyReader reader;
  };
  class Turn;

  static boost::asio::awaitable<Result<Replies>> take_turn(std::shared_ptr<RedisConnection> self, std::string bytes,
                                                           std::size_t count);
  boost::asio::awaitable<Result<Replies>> exchange(std::string bytes, std::size_t count);
  boost::asio::awaitable<Result<std::unique_ptr<Link>>> open();
  static boost::asio::awaitable<Result<Replies>> round_trip(Link* link, std::string bytes, std::size_t count);

  Clock* clock_;
  RedisAddress address_;
  std::shared_ptr<const net::TlsSettings> tls_;
  std::unique_ptr<Link> link_;  // null: none, or in use
  bool busy_ = false;
  net::Event released_;
};

// What an error reply means for a metric; `text` as Redis writes it, "WRONGTYPE Operation against ...".
Error redis_error(std::string_view text);

}  // namespace fas::metrics
