#include "coordination/etcd_link.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "coordination/etcd_requests.h"

namespace fas::coordination {
namespace {

namespace api = etcdserverpb;

// etcd takes more than one ping in 5 s for an attack (--grpc-keepalive-min-time), and so it does a few while no call is
// under way.
constexpr int kKeepaliveMs = 10'000;
constexpr int kKeepaliveTimeoutMs = 5'000;
constexpr int kMostReplyBytes = 64 << 20;  // 10,000 apps take about 1 MiB

// Owned by gRPC until its OnDone(), which comes once, last, and at once when the call is cancelled.
class Stream final : public grpc::ClientBidiReactor<api::WatchRequest, api::WatchResponse>,
                     public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::shared_ptr<metrics::GrpcGate> gate, std::shared_ptr<EtcdLink> link, std::weak_ptr<EtcdWatch> watch)
      : gate_(std::move(gate)), link_(std::move(link)), watch_(std::move(watch)) {}

  void start(const std::string& token, const std::array<std::string, 2>& prefixes, std::int64_t revision) {
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
      api::WatchCreateRequest& create = *requests_[i].mutable_create_request();
      create.set_key(prefixes[i]);
      create.set_range_end(end_of(prefixes[i]));
      create.set_start_revision(revision);
    }
    add_metadata(context_, token);
    self_ = shared_from_this();
    gate_->begin();
    link_->watch->async()->Watch(&context_, this);
    StartWrite(requests_.data());
    StartRead(&reply_);
    StartCall();
  }

  void cancel() { context_.TryCancel(); }

  void OnWriteDone(bool ok) override {
    if (ok && ++written_ < requests_.size()) StartWrite(&requests_[written_]);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (reply_.canceled()) {
      context_.TryCancel();
      return;
    }
    std::int64_t newest = 0;
    for (const api::Event& event : reply_.events()) newest = std::max(newest, event.kv().mod_revision());
    gate_->post([watch = watch_, newest, opened = reply_.created() ? 1 : 0] {
      const std::shared_ptr<EtcdWatch> there = watch.lock();
      if (there == nullptr) return;
      there->revision = std::max(there->revision, newest);
      there->ranges_to_open -= opened;
      there->event.notify();
    });
    StartRead(&reply_);
  }

  void OnDone(const grpc::Status& /*status*/) override {
    const std::shared_ptr<metrics::GrpcGate> gate = gate_;
    gate->end(std::move(self_), [watch = watch_] {
      const std::shared_ptr<EtcdWatch> there = watch.lock();
      if (there == nullptr) return;
      there->ended = true;
      there->event.notify();
    });
  }

 private:
  const std::shared_ptr<metrics::GrpcGate> gate_;
  const std::shared_ptr<EtcdLink> link_;
  const std::weak_ptr<EtcdWatch> watch_;
  grpc::ClientContext context_;
  std::array<api::WatchRequest, 2> requests_;
  std::size_t written_ = 0;
  api::WatchResponse reply_;
  std::shared_ptr<Stream> self_;
};

class StreamedWatch final : public EtcdWatch {
 public:
  using EtcdWatch::EtcdWatch;
  ~StreamedWatch() override { stream->cancel(); }
  void end() override {
    stream->cancel();
    ended = true;
    event.notify();
  }
  std::shared_ptr<Stream> stream;
};

}  // namespace

Result<std::shared_ptr<EtcdLink>> open_etcd_link(const std::string& endpoint, const net::TlsSettings* tls) {
  auto channel = metrics::open_grpc_channel({.address = endpoint,
                                             .tls = tls,
                                             .keepalive_ms = kKeepaliveMs,
                                             .keepalive_timeout_ms = kKeepaliveTimeoutMs,
                                             .keepalive_when_idle = false,
                                             .max_receive_bytes = kMostReplyBytes});
  if (!channel) return std::unexpected(std::move(channel.error()));
  auto link = std::make_shared<EtcdLink>();
  link->channel = std::move(*channel);
  link->kv = api::KV::NewStub(link->channel);
  link->lease = api::Lease::NewStub(link->channel);
  link->watch = api::Watch::NewStub(link->channel);
  link->auth = api::Auth::NewStub(link->channel);
  return link;
}

void add_metadata(grpc::ClientContext& context, const std::string& token) {
  context.AddMetadata("hasleader", "true");
  if (!token.empty()) context.AddMetadata("token", token);
}

std::shared_ptr<EtcdWatch> watch_over(boost::asio::io_context& loop, std::shared_ptr<metrics::GrpcGate> gate,
                                      std::shared_ptr<EtcdLink> link, const std::string& token, std::string one,
                                      std::string other, std::int64_t revision) {
  const auto watch = std::make_shared<StreamedWatch>(loop);
  const std::array<std::string, 2> prefixes = {std::move(one), std::move(other)};
  watch->ranges_to_open = static_cast<int>(prefixes.size());
  watch->stream = std::make_shared<Stream>(std::move(gate), std::move(link), watch);
  watch->stream->start(token, prefixes, revision);
  return watch;
}

}  // namespace fas::coordination
