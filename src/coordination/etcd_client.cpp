#include "coordination/etcd_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "coordination/etcd_error.h"
#include "coordination/etcd_link.h"
#include "metrics/http_call.h"

namespace fas::coordination {
namespace {

namespace asio = boost::asio;
namespace api = etcdserverpb;
using metrics::GrpcCall;
using metrics::GrpcCalls;
using metrics::UnaryGrpcCall;

// A server that keeps silent takes this part of a call's time only, though never less than a busy disk takes to sync.
constexpr int kTries = 3;
constexpr Duration kShortestTry = std::chrono::milliseconds(500);
// After none of the servers could help.
constexpr Duration kPause = std::chrono::milliseconds(100);

struct Attempt {
  std::shared_ptr<GrpcCall> call;
  GrpcCalls::Start start;
};
using Maker = std::function<Attempt(const EtcdLink&)>;

// Of attempts of that request by that method of one of the services; the answer is in the call.
template <class Service, class Async, class Request, class Reply>
Maker maker(std::unique_ptr<Service> EtcdLink::* service,
            void (Async::*method)(grpc::ClientContext*, const Request*, Reply*, GrpcCalls::Done), Request request) {
  return [service, method, request = std::move(request)](const EtcdLink& link) {
    auto call = std::make_shared<UnaryGrpcCall<Request, Reply>>();
    call->request = request;
    Attempt attempt;
    attempt.start = [stub = (link.*service).get(), method, call = call.get()](GrpcCalls::Done done) {
      (stub->async()->*method)(&call->context, &call->request, &call->reply, std::move(done));
    };
    attempt.call = std::move(call);
    return attempt;
  };
}

struct Answered {
  std::shared_ptr<GrpcCall> call;
  std::string server;  // as messages name it
};

struct Failure {
  Error error;
  bool elsewhere = false;
  bool stale_token = false;
};

// gRPC ends the program over a header with anything else in it.
bool fits_header(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

class Client final : public EtcdClient {
 public:
  Client(asio::io_context& loop, Clock& clock, EtcdOptions options)
      : loop_(loop), clock_(clock), options_(std::move(options)), calls_(loop, clock) {}
  // Else the end of the calls would wait for it.
  ~Client() override { end_watch(); }

  asio::awaitable<Result<api::TxnResponse>> transact(api::TxnRequest transaction, Deadline deadline) override {
    using Async = api::KV::StubInterface::async_interface;
    return ask<api::KV::Stub, Async, api::TxnRequest, api::TxnResponse>(&EtcdLink::kv, &Async::Txn,
                                                                        std::move(transaction), deadline);
  }

  asio::awaitable<Result<std::int64_t>> grant(std::chrono::seconds ttl, Deadline deadline) override {
    api::LeaseGrantRequest request;
    request.set_ttl(ttl.count());
    const Result<api::LeaseGrantResponse> answer =
        co_await ask<api::Lease::Stub, Leases, api::LeaseGrantRequest, api::LeaseGrantResponse>(
            &EtcdLink::lease, &Leases::LeaseGrant, std::move(request), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->id() == 0 || answer->ttl() < ttl.count()) {
      co_return fail(ErrorKind::kInvalid, fmt::format("etcd: it grants no lease of {} s", ttl.count()));
    }
    co_return answer->id();
  }

  asio::awaitable<Result<void>> keep_alive(std::int64_t lease, Deadline deadline) override {
    api::LeaseKeepAliveRequest request;
    request.set_id(lease);
    const Result<api::LeaseKeepAliveResponse> answer =
        co_await ask<api::Lease::Stub, Leases, api::LeaseKeepAliveRequest, api::LeaseKeepAliveResponse>(
            &EtcdLink::lease, &Leases::LeaseKeepAlive, std::move(request), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->ttl() <= 0) co_return fail(ErrorKind::kNotFound, "etcd: the lease has ended");
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> revoke(std::int64_t lease, Deadline deadline) override {
    api::LeaseRevokeRequest request;
    request.set_id(lease);
    const Result<api::LeaseRevokeResponse> answer =
        co_await ask<api::Lease::Stub, Leases, api::LeaseRevokeRequest, api::LeaseRevokeResponse>(
            &EtcdLink::lease, &Leases::LeaseRevoke, std::move(request), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    co_return Result<void>{};
  }

  Result<std::shared_ptr<EtcdWatch>> watch(std::string one, std::string other, std::int64_t revision) override {
    Result<std::shared_ptr<EtcdLink>> link = connected();
    if (!link) return std::unexpected(std::move(link.error()));
    auto watch = watch_over(loop_, calls_.gate(), std::move(*link), token_, std::move(one), std::move(other), revision);
    watch_ = watch;
    return watch;
  }

  void move_on() override {
    // A server that does not answer may not tell of changes either.
    end_watch();
    link_.reset();
    current_ = (current_ + 1) % options_.endpoints.size();
  }

 private:
  using Leases = api::Lease::StubInterface::async_interface;

  void end_watch() {
    if (const std::shared_ptr<EtcdWatch> watch = watch_.lock()) watch->end();
  }

  template <class Service, class Async, class Request, class Reply>
  asio::awaitable<Result<Reply>> ask(std::unique_ptr<Service> EtcdLink::* service,
                                     void (Async::*method)(grpc::ClientContext*, const Request*, Reply*,
                                                           GrpcCalls::Done),
                                     Request request, Deadline deadline) {
    Maker make = maker<Service, Async, Request, Reply>(service, method, std::move(request));
    Result<Answered> answered = co_await until_answered(std::move(make), deadline);
    Result<Reply> answer = answer_of<Request, Reply>(std::move(answered));
    co_return answer;
  }

  asio::awaitable<Result<Answered>> until_answered(Maker make, Deadline deadline) {
    const Duration share = std::max<Duration>((deadline - clock_.now()) / kTries, kShortestTry);
    std::size_t failed = 0;
    int tokens = 0;
    Error last{.kind = ErrorKind::kTimeout, .message = "etcd: the deadline had passed before the call began"};
    for (;;) {
      const TimePoint begin = clock_.now();
      if (begin >= deadline) co_return std::unexpected(std::move(last));
      const Deadline end = std::min<Deadline>(deadline, begin + share);
      const bool authenticating = !options_.user.empty() && token_.empty();
      Maker next = authenticating ? authentication() : make;
      const std::string token = token_;
      std::expected<Answered, Failure> done = co_await attempt(std::move(next), end);
      if (done && authenticating) {
        token_ = reply_in<api::AuthenticateRequest, api::AuthenticateResponse>(*done).token();
        if (token_.empty() || !fits_header(token_)) {
          token_.clear();
          co_return fail(ErrorKind::kInvalid, fmt::format("{}: it gives no usable token", done->server));
        }
        continue;
      }
      if (done) co_return std::move(*done);
      // A last try that was cut short tells less than the one before.
      if (failed == 0 || end - begin >= kShortestTry) last = std::move(done.error().error);
      if (done.error().stale_token && !options_.user.empty() && ++tokens <= kTries) {
        if (token_ == token) token_.clear();
      } else if (!done.error().elsewhere) {
        co_return std::unexpected(std::move(last));
      } else if (++failed % options_.endpoints.size() == 0) {
        co_await clock_.sleep_until(std::min<TimePoint>(deadline, clock_.now() + kPause));
      }
    }
  }

  asio::awaitable<std::expected<Answered, Failure>> attempt(Maker make, Deadline deadline) {
    Result<std::shared_ptr<EtcdLink>> opened = connected();
    if (!opened) co_return std::unexpected(Failure{.error = std::move(opened.error())});
    const std::shared_ptr<EtcdLink> link = std::move(*opened);
    std::string server = "etcd " + options_.endpoints[current_];
    Attempt attempt = make(*link);
    const std::shared_ptr<GrpcCall> call = attempt.call;
    add_metadata(call->context, token_);
    const bool done = co_await calls_.run(std::move(attempt.call), std::move(attempt.start), deadline);
    if (done && call->status.ok()) co_return Answered{.call = call, .server = std::move(server)};
    Failure failure = done ? failure_of(server, call->status) : late(server, *link);
    const bool cancelled = !done && clock_.now() < deadline;
    // Another call may have moved on already.
    if (failure.elsewhere && !cancelled && link_ == link) move_on();
    co_return std::unexpected(std::move(failure));
  }

  Maker authentication() const {
    using Async = api::Auth::StubInterface::async_interface;
    api::AuthenticateRequest request;
    request.set_name(options_.user);
    request.set_password(options_.password);
    return maker<api::Auth::Stub, Async, api::AuthenticateRequest, api::AuthenticateResponse>(
        &EtcdLink::auth, &Async::Authenticate, std::move(request));
  }

  Result<std::shared_ptr<EtcdLink>> connected() {
    if (link_ == nullptr) {
      Result<std::shared_ptr<EtcdLink>> opened = open_etcd_link(options_.endpoints[current_], options_.tls.get());
      if (!opened) return fail_with("etcd", std::move(opened.error()));
      link_ = std::move(*opened);
    }
    return link_;
  }

  template <class Request, class Reply>
  static Reply& reply_in(const Answered& answered) {
    return static_cast<UnaryGrpcCall<Request, Reply>&>(*answered.call).reply;
  }

  template <class Request, class Reply>
  Result<Reply> answer_of(Result<Answered> answered) {
    if (!answered) return std::unexpected(std::move(answered.error()));
    Reply& reply = reply_in<Request, Reply>(*answered);
    // Two clusters would each grant leases and owners of their own.
    const std::uint64_t cluster = reply.header().cluster_id();
    if (!cluster_) cluster_ = cluster;
    if (*cluster_ != cluster) {
      move_on();
      return fail(ErrorKind::kInvalid,
                  fmt::format("{}: it is of another cluster than before; give endpoints of one cluster only, and after "
                              "it was made anew, restart fly-autoscaler",
                              answered->server));
    }
    return std::move(reply);
  }

  static Failure failure_of(const std::string& server, const grpc::Status& status) {
    const EtcdFailure known = etcd_failure(status.error_code(), status.error_message());
    const std::string text = metrics::one_line(status.error_message());
    return {
        .error = {.kind = known.kind,
                  .message = fmt::format("{}: {}{}", server, text.empty() ? "no reason given" : text, known.remedy)},
        .elsewhere = known.elsewhere,
        .stale_token = known.stale_token};
  }

  static Failure late(const std::string& server, const EtcdLink& link) {
    return {.error = {.kind = ErrorKind::kTimeout,
                      .message = fmt::format("{}: {}", server,
                                             link.is_ready() ? "no answer in time; is it overloaded, or cut off?"
                                                             : "no connection in time; check the address, and whether "
                                                               "the server wants TLS")},
            .elsewhere = true};
  }

  asio::io_context& loop_;
  Clock& clock_;
  const EtcdOptions options_;
  std::size_t current_ = 0;               // of the endpoints
  std::shared_ptr<EtcdLink> link_;        // to that one; null: none yet
  std::weak_ptr<EtcdWatch> watch_;        // the last one
  std::string token_;                     // empty: none yet, or none is needed
  std::optional<std::uint64_t> cluster_;  // that has answered
  GrpcCalls calls_;
};

}  // namespace

std::unique_ptr<EtcdClient> EtcdClient::make(asio::io_context& loop, Clock& clock, EtcdOptions options) {
  return std::make_unique<Client>(loop, clock, std::move(options));
}

}  // namespace fas::coordination
