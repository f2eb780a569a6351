// A Redis primary that sentinels watch: each question goes to whichever server is the primary at that moment.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "metrics/redis_connection.h"

namespace fas::metrics {

// Asks a sentinel each time, over a kept connection: an old primary that comes back as a replica answers like one. On
// the loop's thread.
class RedisSentinel final : public RedisServer {
 public:
  // User, password, database and `tls` of the `sentinels`' addresses hold for the primary, and for sentinels that want
  // a password.
  RedisSentinel(const SourceContext& context, std::vector<RedisAddress> sentinels, std::string master,
                std::shared_ptr<const net::TlsSettings> tls);

  boost::asio::awaitable<Result<std::vector<RedisReply>>> ask(std::vector<RedisCommand> commands,
                                                              Deadline deadline) override;

 private:
  struct Sentinel {
    std::shared_ptr<RedisConnection> open;   // without a password
    std::shared_ptr<RedisConnection> login;  // null: there is none
  };

  boost::asio::awaitable<Result<RedisAddress>> find_master(Deadline deadline);
  boost::asio::awaitable<Result<RedisAddress>> ask_sentinel(std::size_t index, Deadline deadline);
  Result<RedisAddress> read_address(const RedisReply& reply) const;

  SourceContext context_;
  RedisAddress pattern_;  // of the primary: all but host and port
  std::string master_;
  std::shared_ptr<const net::TlsSettings> tls_;
  std::vector<Sentinel> sentinels_;
  std::size_t first_ = 0;                     // the sentinel that answered last
  std::shared_ptr<RedisConnection> primary_;  // kept while it stays the same
};

}  // namespace fas::metrics
