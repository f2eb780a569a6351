// The edge to gRPC for clients of any of its services: what its own threads complete comes back to the loop.
#pragma once

#include <grpcpp/grpcpp.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"

namespace fas::metrics {

struct GrpcTarget {
  std::string address;          // "host:port"
  const net::TlsSettings* tls;  // null: plain text
  int keepalive_ms = 0;         // a server that vanished without a word is noticed after both
  int keepalive_timeout_ms = 0;
  bool keepalive_when_idle = true;  // also while no call is under way
  int max_receive_bytes = 4 << 20;  // of one message
};

// Connects when first used. Errors (kInvalid): TLS material that cannot be read.
Result<std::shared_ptr<grpc::Channel>> open_grpc_channel(const GrpcTarget& target);

// What gRPC's threads reach of us, also when client and loop are gone. None of them may let go of the last hold on a
// channel, which would make it wait for itself; so what a call held goes back to our threads.
class GrpcGate {
 public:
  explicit GrpcGate(boost::asio::io_context& loop) : loop_(&loop) {}

  void begin();  // a call, on the loop's thread

  // From gRPC's threads: runs `then` on the loop, unless that is gone.
  void post(std::function<void()> then);
  // As post(), at the end of a call; `held` is let go of on one of our threads.
  void end(std::shared_ptr<void> held, std::function<void()> then);

  // Nothing is posted from here on. Waits for the calls, which have all been cancelled, for 5 s at most.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  boost::asio::io_context* loop_;  // null: closed
  int under_way_ = 0;
  std::vector<std::shared_ptr<void>> left_;  // by calls that ended after that
};

// Owned by gRPC as well until it calls back, whether or not anybody still waits.
struct GrpcCall {
  GrpcCall() = default;
  GrpcCall(const GrpcCall&) = delete;
  GrpcCall& operator=(const GrpcCall&) = delete;
  virtual ~GrpcCall() = default;

  grpc::ClientContext context;
  grpc::Status status;
};

template <class Request, class Reply>
struct UnaryGrpcCall final : GrpcCall {
  Request request;
  Reply reply;
};

// On the loop's thread.
class GrpcCalls {
 public:
  using Done = std::function<void(grpc::Status)>;
  using Start = std::function<void(Done)>;  // hands the call to gRPC

  GrpcCalls(boost::asio::io_context& loop, Clock& clock);
  GrpcCalls(const GrpcCalls&) = delete;
  GrpcCalls& operator=(const GrpcCalls&) = delete;
  // Nobody waits in run() any more.
  ~GrpcCalls() { gate_->close(); }

  // Runs the call, its context's deadline set to `deadline`. Has it ended before that, and before the caller was
  // cancelled? What has not is cancelled. What `start` refers to lives until this returns.
  boost::asio::awaitable<bool> run(std::shared_ptr<GrpcCall> call, Start start, Deadline deadline);

  const std::shared_ptr<GrpcGate>& gate() const { return gate_; }

 private:
  boost::asio::io_context& loop_;
  Clock& clock_;
  const std::shared_ptr<GrpcGate> gate_;
};

}  // namespace fas::metrics
