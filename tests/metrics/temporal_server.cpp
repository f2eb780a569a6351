#include "tests/metrics/temporal_server.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

#include "temporal.grpc.pb.h"

namespace fas::test {
namespace {

namespace api = temporal::api::workflowservice::v1;

void fill(api::TaskQueueStats& to, const TemporalStats& from) {
  to.set_approximate_backlog_count(from.count);
  const auto seconds = static_cast<std::int64_t>(from.age);
  to.mutable_approximate_backlog_age()->set_seconds(seconds);
  to.mutable_approximate_backlog_age()->set_nanos(static_cast<int>((from.age - static_cast<double>(seconds)) * 1e9));
  to.set_tasks_add_rate(from.add_rate);
  to.set_tasks_dispatch_rate(from.dispatch_rate);
}

void fill(api::CountWorkflowExecutionsResponse& to, const TemporalReply& from) { to.set_count(from.count); }

void fill(api::DescribeTaskQueueResponse& to, const TemporalReply& from) {
  if (from.stats) fill(*to.mutable_stats(), *from.stats);
  for (const auto& [build, types] : from.versions) {
    auto& info = *(*to.mutable_versions_info())[build].mutable_types_info();
    for (const auto& [type, stats] : types) fill(*info[type].mutable_stats(), stats);
  }
}

}  // namespace

struct FakeTemporal::State {
  // One call. gRPC deletes nothing by itself: OnDone does.
  class Reactor : public grpc::ServerUnaryReactor {
   public:
    explicit Reactor(State& state) : state_(state) {}

    void OnCancel() override {
      if (!hung) return;
      {
        const std::lock_guard lock(state_.mutex);
        ++state_.cancelled;
      }
      state_.changed.notify_all();
      Finish(grpc::Status::CANCELLED);
    }
    void OnDone() override { delete this; }

    bool hung = false;

   private:
    State& state_;
  };

  class Service : public api::WorkflowService::CallbackService {
   public:
    explicit Service(State& state) : state_(state) {}

    grpc::ServerUnaryReactor* CountWorkflowExecutions(grpc::CallbackServerContext* context,
                                                      const api::CountWorkflowExecutionsRequest* request,
                                                      api::CountWorkflowExecutionsResponse* reply) override {
      TemporalCall call{.method = "count", .name_space = request->namespace_(), .query = request->query()};
      return state_.answer(*context, std::move(call), *reply);
    }

    grpc::ServerUnaryReactor* DescribeTaskQueue(grpc::CallbackServerContext* context,
                                                const api::DescribeTaskQueueRequest* request,
                                                api::DescribeTaskQueueResponse* reply) override {
      TemporalCall call{.method = "describe",
                        .name_space = request->namespace_(),
                        .task_queue = request->task_queue().name(),
                        .task_queue_kind = request->task_queue().kind(),
                        .task_queue_type = request->task_queue_type(),
                        .api_mode = request->api_mode(),
                        .report_stats = request->report_stats(),
                        .unversioned = request->versions().unversioned(),
                        .all_active = request->versions().all_active(),
                        .task_queue_types = {request->task_queue_types().begin(), request->task_queue_types().end()}};
      return state_.answer(*context, std::move(call), *reply);
    }

   private:
    State& state_;
  };

  template <class Reply>
  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext& context, TemporalCall call, Reply& reply) {
    for (const auto& [name, value] : context.client_metadata()) {
      call.metadata.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
    TemporalReply told = script(call);
    {
      const std::lock_guard lock(mutex);
      calls.push_back(std::move(call));
      peers.insert(context.peer());
    }
    auto* reactor = new Reactor(*this);
    if (told.hang) {
      reactor->hung = true;
      return reactor;
    }
    fill(reply, told);
    reactor->Finish({static_cast<grpc::StatusCode>(told.status), told.status_text});
    return reactor;
  }

  void start() {
    std::shared_ptr<grpc::ServerCredentials> secrets = grpc::InsecureServerCredentials();
    if (options.identity) {
      grpc::SslServerCredentialsOptions tls;
      tls.pem_key_cert_pairs.push_back({options.identity->key, options.identity->cert});
      tls.pem_root_certs = options.client_ca;
      if (!options.client_ca.empty()) {
        tls.client_certificate_request = GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY;
      }
      secrets = grpc::SslServerCredentials(tls);
    }
    grpc::ServerBuilder builder;
    int bound = 0;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), secrets, &bound);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.RegisterService(&service);
    server = builder.BuildAndStart();
    if (server == nullptr || bound == 0) throw std::runtime_error("the gRPC server of the test does not start");
    port = bound;
  }

  void stop() {
    if (server == nullptr) return;
    server->Shutdown(std::chrono::system_clock::now());
    server->Wait();
    server.reset();
  }

  Script script;
  TemporalServerOptions options;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<TemporalCall> calls;
  std::set<std::string> peers;
  int cancelled = 0;
  int port = 0;
  Service service{*this};
  std::unique_ptr<grpc::Server> server;
};

FakeTemporal::FakeTemporal(Script script, TemporalServerOptions options) : state_(std::make_unique<State>()) {
  state_->script = std::move(script);
  state_->options = std::move(options);
  state_->start();
}

FakeTemporal::~FakeTemporal() { state_->stop(); }

std::string FakeTemporal::address() const { return "127.0.0.1:" + std::to_string(state_->port); }

std::vector<TemporalCall> FakeTemporal::calls() const {
  const std::lock_guard lock(state_->mutex);
  return state_->calls;
}

int FakeTemporal::connections() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int>(state_->peers.size());
}

bool FakeTemporal::wait_for_cancelled(int count) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, std::chrono::seconds(10), [&] { return state_->cancelled >= count; });
}

void FakeTemporal::stop() { state_->stop(); }

void FakeTemporal::restart() {
  state_->stop();
  state_->start();
}

}  // namespace fas::test
