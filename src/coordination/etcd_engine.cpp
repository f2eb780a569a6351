// Leases are etcd's own, and what stands under one goes with it. All else is transactions that compare with keys under
// leases, so that whatever happens at the same time, each sees either all of a change or nothing.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "coordination/engines.h"
#include "coordination/etcd_client.h"
#include "coordination/etcd_requests.h"
#include "net/tls_context.h"

namespace fas::coordination {
namespace {

namespace asio = boost::asio;
namespace api = etcdserverpb;

// How often somebody who is told of nothing looks.
constexpr Duration kLook = std::chrono::seconds(1);

std::unexpected<Error> ended() { return fail(ErrorKind::kNotFound, "etcd: the lease has ended"); }

class EtcdEngine final : public Engine {
 public:
  EtcdEngine(asio::io_context& loop, Clock& clock, EtcdOptions options)
      : clock_(clock), keys_(options.group), client_(EtcdClient::make(loop, clock, std::move(options))) {}

  asio::awaitable<Result<Lease>> join(Member member, Duration ttl, Deadline deadline) override {
    if (unsure_) {
      const Result<void> revoked = co_await revoke(*unsure_, deadline);
      if (!revoked) co_return std::unexpected(revoked.error());
      unsure_.reset();
    }
    const Result<std::int64_t> lease = co_await client_->grant(std::chrono::ceil<std::chrono::seconds>(ttl), deadline);
    if (!lease) co_return std::unexpected(lease.error());
    unsure_ = *lease;
    api::TxnRequest transaction = join_request(keys_, member, *lease);
    const Result<api::TxnResponse> answer = co_await client_->transact(std::move(transaction), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (!joined(*answer, *lease)) {
      const Result<void> revoked = co_await revoke(*lease, deadline);
      if (revoked) unsure_.reset();
      co_return fail(ErrorKind::kConflict,
                     fmt::format("etcd: a living member has the name \"{}\"; give each member its own, or wait until "
                                 "the lease of an earlier life ends",
                                 member.name));
    }
    unsure_.reset();
    // A store that has been made anew counts from the beginning: what is agreed from here on is in this one.
    revision_ = answer->header().revision();
    watch_.reset();
    co_return lease_text(*lease);
  }

  asio::awaitable<Result<void>> renew(Lease lease, Deadline deadline) override {
    const std::optional<std::int64_t> id = lease_id(lease);
    if (!id) co_return ended();
    Result<void> renewed = co_await client_->keep_alive(*id, deadline);
    co_return renewed;
  }

  asio::awaitable<Result<void>> leave(Lease lease, Deadline deadline) override {
    const std::optional<std::int64_t> id = lease_id(lease);
    if (!id) co_return Result<void>{};
    Result<void> revoked = co_await revoke(*id, deadline);
    co_return revoked;
  }

  asio::awaitable<Result<View>> view(Deadline deadline) override {
    api::TxnRequest transaction = view_request(keys_);
    const Result<api::TxnResponse> answer = co_await client_->transact(std::move(transaction), deadline);
    if (!answer) co_return std::unexpected(answer.error());
    const std::int64_t revision = answer->header().revision();
    // A server answers by the cluster's word, so this one has been given an older store.
    if (revision < revision_) {
      client_->move_on();
      co_return fail(ErrorKind::kUnavailable,
                     fmt::format("etcd: a server answers with revision {}, older than {}; was its data restored?",
                                 revision, revision_));
    }
    revision_ = revision;
    viewed_ = true;
    co_return read_view(*answer, keys_);
  }

  asio::awaitable<Result<Holdings>> claim(Lease lease, std::vector<std::string> apps, Deadline deadline) override {
    const std::optional<std::int64_t> id = lease_id(lease);
    if (!id) co_return ended();
    const std::vector<AppsRequest> requests = claim_requests(keys_, *id, std::move(apps));
    Holdings holdings;
    for (const AppsRequest& request : requests) {
      api::TxnRequest transaction = request.transaction;
      const Result<api::TxnResponse> answer = co_await client_->transact(std::move(transaction), deadline);
      if (!answer) co_return std::unexpected(answer.error());
      if (!answer->succeeded()) co_return ended();
      read_claim(*answer, request, *id, holdings);
    }
    co_return holdings;
  }

  asio::awaitable<Result<std::vector<std::string>>> save(Lease lease, Holdings holdings, Deadline deadline) override {
    Result<std::vector<std::string>> refused =
        co_await keep(std::move(lease), std::move(holdings), Keeping::kSave, deadline);
    co_return refused;
  }

  asio::awaitable<Result<void>> release(Lease lease, Holdings holdings, Deadline deadline) override {
    const Result<std::vector<std::string>> refused =
        co_await keep(std::move(lease), std::move(holdings), Keeping::kRelease, deadline);
    if (!refused) co_return std::unexpected(refused.error());
    co_return Result<void>{};
  }

  asio::awaitable<void> changed(TimePoint until) override {
    using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
    const TimePoint look = std::min<TimePoint>(until, clock_.now() + kLook);
    // A stream that has ended is opened anew by the next call only, which comes after a view of what it has missed.
    if (viewed_ && (watch_ == nullptr || watch_->ended)) {
      Result<std::shared_ptr<EtcdWatch>> opened = client_->watch(keys_.members(), keys_.owners(), revision_ + 1);
      watch_ = opened ? std::move(*opened) : nullptr;
    }
    const std::shared_ptr<EtcdWatch> watch = watch_;
    if (watch == nullptr) {
      co_await clock_.sleep_until(look);
      co_return;
    }
    while (watch->revision <= revision_) {
      const TimePoint end = watch->is_open() ? until : look;
      if (clock_.now() >= end) co_return;
      watch->event.clear();
      co_await (watch->event.wait() || clock_.sleep_until(end));
    }
  }

 private:
  asio::awaitable<Result<void>> revoke(std::int64_t lease, Deadline deadline) {
    Result<void> revoked = co_await client_->revoke(lease, deadline);
    if (!revoked && revoked.error().kind == ErrorKind::kNotFound) co_return Result<void>{};
    co_return revoked;
  }

  asio::awaitable<Result<std::vector<std::string>>> keep(Lease lease, Holdings holdings, Keeping what,
                                                         Deadline deadline) {
    const std::optional<std::int64_t> id = lease_id(lease);
    if (!id) co_return ended();
    const std::vector<AppsRequest> requests = keeping_requests(keys_, *id, holdings, what);
    std::vector<std::string> refused;
    for (const AppsRequest& request : requests) {
      api::TxnRequest transaction = request.transaction;
      const Result<api::TxnResponse> answer = co_await client_->transact(std::move(transaction), deadline);
      if (!answer) co_return std::unexpected(answer.error());
      if (!answer->succeeded()) co_return ended();
      read_refused(*answer, request, refused);
    }
    co_return refused;
  }

  Clock& clock_;
  const EtcdKeys keys_;
  const std::unique_ptr<EtcdClient> client_;
  // Granted, and perhaps with a member under it that nobody knows of: its name is free again once this has ended.
  std::optional<std::int64_t> unsure_;
  std::int64_t revision_ = 0;  // of the last view
  bool viewed_ = false;
  std::shared_ptr<EtcdWatch> watch_;
};

}  // namespace

Result<std::unique_ptr<Engine>> make_etcd_engine(asio::io_context& loop, Clock& clock, EtcdOptions options) {
  if (options.endpoints.empty()) return fail(ErrorKind::kInvalid, "etcd: no endpoint is given");
  if (options.tls != nullptr) {
    if (auto usable = net::make_client_context(*options.tls); !usable) {
      return fail_with("etcd", std::move(usable.error()));
    }
  }
  return std::make_unique<EtcdEngine>(loop, clock, std::move(options));
}

}  // namespace fas::coordination
