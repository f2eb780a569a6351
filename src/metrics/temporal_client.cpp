#include "metrics/temporal_client.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "metrics/grpc_calls.h"
#include "net/shared_by_loop.h"
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

struct Link {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<api::WorkflowService::Stub> stub;

  bool is_ready() const { return channel->GetState(false) == GRPC_CHANNEL_READY; }
};

Result<std::shared_ptr<Link>> open(const TemporalServer& server) {
  auto channel = open_grpc_channel({.address = server.address,
                                    .tls = server.tls.get(),
                                    .keepalive_ms = kKeepaliveMs,
                                    .keepalive_timeout_ms = kKeepaliveTimeoutMs});
  if (!channel) return std::unexpected(std::move(channel.error()));
  auto link = std::make_shared<Link>();
  link->channel = std::move(*channel);
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
      : server_(std::move(server)), calls_(context.loop, context.clock) {}

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
      const auto call = std::make_shared<UnaryGrpcCall<Request, Reply>>();
      call->request = request;
      prepare(call->context, name_space);
      std::shared_ptr<GrpcCall> running = call;
      GrpcCalls::Start start = [method, link = link.get(), call = call.get()](GrpcCalls::Done completed) {
        (link->stub->async()->*method)(&call->context, &call->request, &call->reply, std::move(completed));
      };
      const bool done = co_await calls_.run(std::move(running), std::move(start), deadline);
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

  void prepare(grpc::ClientContext& context, const std::string& name_space) const {
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

  const TemporalServer server_;
  std::shared_ptr<Link> link_;  // null: none yet, or the last one proved dead
  bool enhanced_ = false;       // how this server tells of task queues
  GrpcCalls calls_;             // whoever asked holds this client, so that none is under way at its end
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
