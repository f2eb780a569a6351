#include "metrics/temporal_client.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "metrics/http_call.h"
#include "metrics/pem_file.h"
#include "net/event.h"
#include "net/shared_by_loop.h"
#include "net/tls_context.h"
#include "temporal.grpc.pb.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;
namespace api = temporal::api::workflowservice::v1;

// A server that vanished without a word is noticed after both, as by Temporal's own clients; asking more often than
// every 10 s a server takes for an attack.
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 15'000;

using Async = api::WorkflowService::StubInterface::async_interface;
template <class Request, class Reply>
using Method = void (Async::*)(grpc::ClientContext*, const Request*, Reply*, std::function<void(grpc::Status)>);

// gRPC writes what it fails at to standard error, where our log is. Whoever debugs it asks by its variables.
void silence_grpc() {
  static const bool done = [] {
    const auto is_set = [](const char* name) {
      return std::getenv(name) != nullptr;  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
    };
    if (is_set("GRPC_VERBOSITY") || is_set("GRPC_TRACE")) return true;
    gpr_set_log_function([](gpr_log_func_args* entry) {
      // It aborts after this one.
      if (std::string_view(entry->message).contains("assertion failed")) {
        fmt::print(stderr, "gRPC: {}:{}: {}\n", entry->file, entry->line, entry->message);
      }
    });
    return true;
  }();
  static_cast<void>(done);
}

struct Link {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<api::WorkflowService::Stub> stub;

  bool is_ready() const { return channel->GetState(false) == GRPC_CHANNEL_READY; }
};

// What gRPC's threads reach of us, also when client and loop are gone. None of them may let go of the last hold on a
// channel, which would make it wait for itself; so what a call held goes back to our threads.
struct Gate {
  std::mutex mutex;
  std::condition_variable idle;
  asio::io_context* loop;
  int under_way = 0;
  std::vector<std::shared_ptr<void>> left;  // by calls that ended after the client
};

// Of the waiting coroutine; only the loop's thread owns it, since the event belongs to the loop.
struct Waiter {
  explicit Waiter(asio::io_context& loop) : event(loop.get_executor()) {}
  net::Event event;
  bool done = false;
};

// Owned by gRPC as well until it calls back, whether or not anybody still waits.
template <class Request, class Reply>
struct Call {
  grpc::ClientContext context;
  Request request;
  Reply reply;
  grpc::Status status;
};

struct CancelAtEnd {
  explicit CancelAtEnd(grpc::ClientContext& of) : context(of) {}
  CancelAtEnd(const CancelAtEnd&) = delete;
  CancelAtEnd& operator=(const CancelAtEnd&) = delete;
  ~CancelAtEnd() { context.TryCancel(); }
  grpc::ClientContext& context;
};

std::string pem_text(const std::string& text_or_path) {
  if (text_or_path.empty() || text_or_path.contains("-----BEGIN ")) return text_or_path;
  std::ifstream file(text_or_path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// That accept any server. gRPC calls this interface experimental, but its plain one cannot.
std::shared_ptr<grpc::ChannelCredentials> unverified_credentials(const std::string& cert, const std::string& key) {
  namespace tls = grpc::experimental;
  tls::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<tls::NoOpCertificateVerifier>());
  if (!cert.empty()) {
    const std::vector<tls::IdentityKeyCertPair> pairs = {{.private_key = key, .certificate_chain = cert}};
    options.set_certificate_provider(std::make_shared<tls::StaticDataCertificateProvider>(pairs));
    options.watch_identity_key_cert_pairs();
  }
  return tls::TlsCredentials(options);
}

Result<std::shared_ptr<grpc::ChannelCredentials>> credentials(const net::TlsSettings* tls) {
  if (tls == nullptr) return grpc::InsecureChannelCredentials();
  // gRPC would fail later and without a reason.
  if (auto usable = net::make_client_context(*tls); !usable) return std::unexpected(std::move(usable.error()));
  const std::string cert = pem_text(tls->cert);
  const std::string key = cert.empty() ? "" : pem_text(tls->key.empty() ? tls->cert : tls->key);
  if (tls->insecure_skip_verify) return unverified_credentials(cert, key);
  const std::string& ca = tls->ca;
  return grpc::SslCredentials({.pem_root_certs = pem_text(ca.empty() ? system_authorities() : ca),
                               .pem_private_key = key,
                               .pem_cert_chain = cert});
}

Result<std::shared_ptr<Link>> open(const TemporalServer& server) {
  silence_grpc();
  auto secrets = credentials(server.tls.get());
  if (!secrets) return std::unexpected(std::move(secrets.error()));
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix("fly-autoscaler");
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Else a new channel would wait out the back-off of the one before.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (server.tls != nullptr && !server.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(server.tls->server_name);
  }
  auto link = std::make_shared<Link>();
  link->channel = grpc::CreateCustomChannel("dns:///" + server.address, *secrets, arguments);
  link->stub = api::WorkflowService::NewStub(link->channel);
  return link;
}

TaskQueueStats from_wire(const api::TaskQueueStats& stats) {
  const auto& age = stats.approximate_backlog_age();
  return {.backlog_count = std::max(0.0, static_cast<double>(stats.approximate_backlog_count())),
          .backlog_age = std::max(0.0, static_cast<double>(age.seconds()) + static_cast<double>(age.nanos()) / 1e9),
          .add_rate = stats.tasks_add_rate(),
          .dispatch_rate = stats.tasks_dispatch_rate()};
}

api::DescribeTaskQueueRequest describe(const std::string& name_space, const std::string& task_queue) {
  api::DescribeTaskQueueRequest request;
  request.set_namespace_(name_space);
  request.mutable_task_queue()->set_name(task_queue);
  request.mutable_task_queue()->set_kind(1);
  request.set_report_stats(true);
  return request;
}

using DescribeMethod = Method<api::DescribeTaskQueueRequest, api::DescribeTaskQueueResponse>;
using Stats = Result<std::optional<std::vector<TaskQueueStats>>>;

class GrpcClient final : public TemporalClient, public std::enable_shared_from_this<GrpcClient> {
 public:
  GrpcClient(const SourceContext& context, TemporalServer server)
      : loop_(context.loop), clock_(context.clock), server_(std::move(server)), gate_(std::make_shared<Gate>()) {
    gate_->loop = &loop_;
  }
  // Whoever asked holds this client, so that all calls have been cancelled by now, and end at once.
  ~GrpcClient() override {
    std::unique_lock lock(gate_->mutex);
    gate_->loop = nullptr;
    gate_->idle.wait_for(lock, std::chrono::seconds(5), [&] { return gate_->under_way == 0; });
    const std::vector<std::shared_ptr<void>> left = std::move(gate_->left);
    lock.unlock();
  }

  asio::awaitable<Result<std::int64_t>> count_workflows(std::string name_space, std::string query,
                                                        Deadline deadline) override {
    api::CountWorkflowExecutionsRequest request;
    request.set_namespace_(name_space);
    request.set_query(std::move(query));
    const Method<api::CountWorkflowExecutionsRequest, api::CountWorkflowExecutionsResponse> method =
        &Async::CountWorkflowExecutions;
    auto reply = co_await ask(method, std::move(name_space), std::move(request), deadline);
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    co_return reply->count();
  }

  asio::awaitable<Result<std::vector<TaskQueueStats>>> task_queue_stats(std::string name_space, std::string task_queue,
                                                                        std::vector<TaskQueueType> types,
                                                                        Deadline deadline) override {
    // A server knows one way or both; what worked last is tried first.
    for (int attempt = 0; attempt < 2; ++attempt) {
      Stats stats;
      if (enhanced_) {
        stats = co_await enhanced_stats(name_space, task_queue, types, deadline);
      } else {
        stats = co_await plain_stats(name_space, task_queue, types, deadline);
      }
      if (!stats) co_return std::unexpected(std::move(stats.error()));
      if (*stats) co_return std::move(**stats);
      enhanced_ = !enhanced_;
    }
    co_return fail(ErrorKind::kInvalid,
                   "the server does not tell how long task queues are; that takes Temporal 1.25, or use query");
  }

 private:
  // nullopt: the server does not know this way.
  asio::awaitable<Stats> plain_stats(std::string name_space, std::string task_queue, std::vector<TaskQueueType> types,
                                     Deadline deadline) {
    std::vector<TaskQueueStats> all;
    for (const TaskQueueType type : types) {
      api::DescribeTaskQueueRequest request = describe(name_space, task_queue);
      request.set_task_queue_type(static_cast<int>(type));
      const DescribeMethod method = &Async::DescribeTaskQueue;
      auto reply = co_await ask(method, name_space, std::move(request), deadline);
      if (!reply) co_return std::unexpected(std::move(reply.error()));
      if (!reply->has_stats()) co_return std::nullopt;
      all.push_back(from_wire(reply->stats()));
    }
    co_return all;
  }

  asio::awaitable<Stats> enhanced_stats(std::string name_space, std::string task_queue,
                                        std::vector<TaskQueueType> types, Deadline deadline) {
    api::DescribeTaskQueueRequest request = describe(name_space, task_queue);
    request.set_api_mode(1);
    request.mutable_versions()->set_unversioned(true);
    request.mutable_versions()->set_all_active(true);
    for (const TaskQueueType type : types) request.add_task_queue_types(static_cast<int>(type));
    const DescribeMethod method = &Async::DescribeTaskQueue;
    auto reply = co_await ask(method, std::move(name_space), std::move(request), deadline);
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    std::vector<TaskQueueStats> all(types.size());
    bool found = false;
    for (const auto& [build, version] : reply->versions_info()) {
      for (std::size_t i = 0; i < types.size(); ++i) {
        const auto info = version.types_info().find(static_cast<int>(types[i]));
        if (info == version.types_info().end() || !info->second.has_stats()) continue;
        all[i].add(from_wire(info->second.stats()));
        found = true;
      }
    }
    if (!found) co_return std::nullopt;
    co_return all;
  }

  // A dead connection is replaced at once: gRPC's own would first wait, and say nothing of the reason.
  template <class Request, class Reply>
  asio::awaitable<Result<Reply>> ask(Method<Request, Reply> method, std::string name_space, Request request,
                                     Deadline deadline) {
    const auto self = shared_from_this();
    for (int attempt = 1;; ++attempt) {
      const bool kept = link_ != nullptr;
      if (!kept) {
        Result<std::shared_ptr<Link>> opened = open(server_);
        if (!opened) co_return std::unexpected(std::move(opened.error()));
        link_ = std::move(*opened);
      }
      const std::shared_ptr<Link> link = link_;
      const auto call = std::make_shared<Call<Request, Reply>>();
      call->request = request;
      prepare(call->context, name_space, deadline);
      const bool done = co_await run(method, call, link, deadline);
      if (done && call->status.ok()) co_return std::move(call->reply);
      if (!done || call->status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) co_return late(*link);
      const bool unavailable = call->status.error_code() == grpc::StatusCode::UNAVAILABLE;
      // One that is ready brought the server's own word.
      if (unavailable && !link->is_ready() && link_ == link) link_.reset();
      if (!unavailable || !kept || attempt == 2) {
        co_return std::unexpected(temporal_error(call->status.error_code(), call->status.error_message()));
      }
    }
  }

  // Whether the call ended before the deadline, and before the caller was cancelled.
  template <class Request, class Reply>
  asio::awaitable<bool> run(Method<Request, Reply> method, std::shared_ptr<Call<Request, Reply>> call,
                            std::shared_ptr<Link> link, Deadline deadline) {
    using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
    if (clock_.now() >= deadline) co_return false;
    const auto waiter = std::make_shared<Waiter>(loop_);
    auto completed = [call, gate = gate_, waiter = std::weak_ptr(waiter)](grpc::Status status) mutable {
      call->status = std::move(status);
      const std::lock_guard lock(gate->mutex);
      if (gate->loop == nullptr) {
        gate->left.push_back(std::move(call));
      } else {
        asio::post(*gate->loop, [call = std::move(call), waiter = std::move(waiter)] {
          if (const std::shared_ptr<Waiter> still_there = waiter.lock()) {
            still_there->done = true;
            still_there->event.notify();
          }
        });
      }
      if (--gate->under_way == 0) gate->idle.notify_all();
    };
    {
      const std::lock_guard lock(gate_->mutex);
      ++gate_->under_way;
    }
    (link->stub->async()->*method)(&call->context, &call->request, &call->reply, std::move(completed));
    const CancelAtEnd cancel(call->context);
    co_await (waiter->event.wait() || clock_.sleep_until(deadline));
    co_return waiter->done;
  }

  void prepare(grpc::ClientContext& context, const std::string& name_space, Deadline deadline) const {
    const auto left = std::clamp<Duration>(deadline - clock_.now(), Duration::zero(), std::chrono::hours(1));
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
    if (!server_.api_key.empty()) context.AddMetadata("authorization", "Bearer " + server_.api_key);
    // gRPC ends the program over a header with anything else in it; a name is in the request, too.
    const bool fits = std::ranges::all_of(name_space, [](char c) { return c >= ' ' && c <= '~'; });
    if (fits) context.AddMetadata("temporal-namespace", name_space);
  }

  static std::unexpected<Error> late(const Link& link) {
    if (link.is_ready()) return fail(ErrorKind::kTimeout, "no answer in time; is the server overloaded?");
    return fail(ErrorKind::kTimeout,
                "no connection in time; check the address, and whether the server wants TLS (tls, api-key, cert-data)");
  }

  asio::io_context& loop_;
  Clock& clock_;
  const TemporalServer server_;
  const std::shared_ptr<Gate> gate_;
  std::shared_ptr<Link> link_;  // null: none yet, or the last one proved dead
  bool enhanced_ = false;       // how this server tells of task queues
};

// All that makes clients differ.
std::string key_of(const TemporalServer& server) {
  std::string key;
  const auto add = [&](std::string_view part) { key += fmt::format("{}:{}", part.size(), part); };
  add(server.address);
  add(server.api_key);
  if (server.tls == nullptr) return key;
  const net::TlsSettings& tls = *server.tls;
  for (const std::string& part : {tls.ca, tls.cert, tls.key, tls.server_name}) add(part);
  return key + (tls.insecure_skip_verify ? "insecure" : "tls");
}

}  // namespace

std::shared_ptr<TemporalClient> TemporalClient::shared(const SourceContext& context, const TemporalServer& server) {
  return net::shared_by_loop<TemporalClient>(context.loop, key_of(server), [&]() -> std::shared_ptr<TemporalClient> {
    return std::make_shared<GrpcClient>(context, server);
  });
}

}  // namespace fas::metrics
