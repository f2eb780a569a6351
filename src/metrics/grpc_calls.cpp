#include "metrics/grpc_calls.h"

#include <fmt/format.h>
#include <grpc/support/log.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/duration.h"
#include "metrics/pem_file.h"
#include "net/event.h"
#include "net/tls_context.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

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

// Of the waiting coroutine; only the loop's thread owns it, since the event belongs to the loop.
struct Waiter {
  explicit Waiter(asio::io_context& loop) : event(loop.get_executor()) {}
  net::Event event;
  bool done = false;
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

}  // namespace

Result<std::shared_ptr<grpc::Channel>> open_grpc_channel(const GrpcTarget& target) {
  silence_grpc();
  auto secrets = credentials(target.tls);
  if (!secrets) return std::unexpected(std::move(secrets.error()));
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix("fly-autoscaler");
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, target.keepalive_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, target.keepalive_timeout_ms);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, target.keepalive_when_idle ? 1 : 0);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Else a new channel would wait out the back-off of the one before.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(target.max_receive_bytes);
  if (target.tls != nullptr && !target.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(target.tls->server_name);
  }
  return grpc::CreateCustomChannel("dns:///" + target.address, *secrets, arguments);
}

void GrpcGate::begin() {
  const std::lock_guard lock(mutex_);
  ++under_way_;
}

void GrpcGate::post(std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  if (loop_ != nullptr) asio::post(*loop_, std::move(then));
}

void GrpcGate::end(std::shared_ptr<void> held, std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  if (loop_ == nullptr) {
    left_.push_back(std::move(held));
  } else {
    asio::post(*loop_, [held = std::move(held), then = std::move(then)] { then(); });
  }
  if (--under_way_ == 0) idle_.notify_all();
}

void GrpcGate::close() {
  std::unique_lock lock(mutex_);
  loop_ = nullptr;
  idle_.wait_for(lock, std::chrono::seconds(5), [&] { return under_way_ == 0; });
  const std::vector<std::shared_ptr<void>> left = std::move(left_);
  lock.unlock();
}

GrpcCalls::GrpcCalls(asio::io_context& loop, Clock& clock)
    : loop_(loop), clock_(clock), gate_(std::make_shared<GrpcGate>(loop)) {}

asio::awaitable<bool> GrpcCalls::run(std::shared_ptr<GrpcCall> call, Start start, Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  const TimePoint now = clock_.now();
  if (now >= deadline) co_return false;
  const auto left = std::min<Duration>(deadline - now, std::chrono::hours(1));
  call->context.set_deadline(std::chrono::system_clock::now() +
                             std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
  const auto waiter = std::make_shared<Waiter>(loop_);
  Done completed = [call, gate = gate_, waiter = std::weak_ptr(waiter)](grpc::Status status) mutable {
    call->status = std::move(status);
    gate->end(std::move(call), [waiter = std::move(waiter)] {
      if (const std::shared_ptr<Waiter> still_there = waiter.lock()) {
        still_there->done = true;
        still_there->event.notify();
      }
    });
  };
  gate_->begin();
  start(std::move(completed));
  const CancelAtEnd cancel(call->context);
  co_await (waiter->event.wait() || clock_.sleep_until(deadline));
  co_return waiter->done;
}

}  // namespace fas::metrics
