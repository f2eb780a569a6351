// The calls of the engine etcd to a cluster, over one kept gRPC connection to one of its servers at a time. gRPC itself
// stays behind this header: its own are slow to compile.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "coordination/engines.h"
#include "etcd.pb.h"
#include "net/event.h"

namespace fas::coordination {

// News of keys, from one server. On the loop's thread.
class EtcdWatch {
 public:
  explicit EtcdWatch(boost::asio::io_context& loop) : event(loop.get_executor()) {}
  EtcdWatch(const EtcdWatch&) = delete;
  EtcdWatch& operator=(const EtcdWatch&) = delete;
  virtual ~EtcdWatch() = default;  // ends it
  virtual void end() = 0;

  bool is_open() const { return ranges_to_open == 0 && !ended; }

  net::Event event;           // something below has changed
  int ranges_to_open = 0;     // that the server has not confirmed yet
  bool ended = false;         // no more news will come
  std::int64_t revision = 0;  // of the newest change
};

// A call that a server leaves unanswered, or cannot answer, is repeated with the others while the deadline allows, so
// it must bear being done twice. Errors as those of Engine, the server's address in front. On the loop's thread;
// outlives its calls.
class EtcdClient {
 public:
  EtcdClient() = default;
  EtcdClient(const EtcdClient&) = delete;
  EtcdClient& operator=(const EtcdClient&) = delete;
  virtual ~EtcdClient() = default;

  static std::unique_ptr<EtcdClient> make(boost::asio::io_context& loop, Clock& clock, EtcdOptions options);

  virtual boost::asio::awaitable<Result<etcdserverpb::TxnResponse>> transact(etcdserverpb::TxnRequest transaction,
                                                                             Deadline deadline) = 0;
  virtual boost::asio::awaitable<Result<std::int64_t>> grant(std::chrono::seconds ttl, Deadline deadline) = 0;
  virtual boost::asio::awaitable<Result<void>> keep_alive(std::int64_t lease, Deadline deadline) = 0;
  virtual boost::asio::awaitable<Result<void>> revoke(std::int64_t lease, Deadline deadline) = 0;

  // Of the keys that begin with one of two prefixes, from that revision on. Does not wait. It ends with the connection
  // that it is made over; the one before it should have ended.
  virtual Result<std::shared_ptr<EtcdWatch>> watch(std::string one, std::string other, std::int64_t revision) = 0;

  // Another server for the next call; ends the watch.
  virtual void move_on() = 0;
};

}  // namespace fas::coordination
