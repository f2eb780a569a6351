// Two tables that any Postgres holds. Why they are enough is in postgres_statement.cpp. What they cannot do: where a
// replica takes over that lacks some of what was committed (asynchronous replication), two members may believe that
// they own an app, until the next view of the one who does not; and a server whose clock is set forward ends leases
// early.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "coordination/engines.h"
#include "coordination/postgres_failure.h"
#include "coordination/postgres_link.h"
#include "net/tls_context.h"

namespace fas::coordination {
namespace {

namespace asio = boost::asio;

constexpr Duration kLook = std::chrono::seconds(1);
constexpr std::size_t kMostUnsure = 4;
constexpr std::size_t kBatch = 1000;  // apps in one statement, which holds their locks

std::unexpected<Error> ended() { return fail(ErrorKind::kNotFound, "postgres: the lease has ended"); }

// 128 bits: none comes twice.
Lease new_lease() {
  std::random_device random;
  Lease lease;
  for (int i = 0; i < 4; ++i) lease += fmt::format("{:08x}", random());
  return lease;
}

std::vector<std::vector<std::string>> batches(std::vector<std::string> apps) {
  std::ranges::sort(apps);
  const auto doubles = std::ranges::unique(apps);
  apps.erase(doubles.begin(), doubles.end());
  std::vector<std::vector<std::string>> all;
  for (std::string& app : apps) {
    if (all.empty() || all.back().size() == kBatch) all.emplace_back();
    all.back().push_back(std::move(app));
  }
  return all;
}

std::vector<std::vector<AppMemory>> batches(Holdings holdings) {
  std::vector<std::vector<AppMemory>> all;
  for (auto& [app, holding] : holdings) {
    if (all.empty() || all.back().size() == kBatch) all.emplace_back();
    all.back().push_back({.app = app, .holding = std::move(holding)});
  }
  return all;
}

class PostgresEngine final : public Engine {
 public:
  PostgresEngine(asio::io_context& loop, Clock& clock, PostgresEngineOptions options)
      : clock_(clock),
        group_(std::move(options.group)),
        leases_(loop, clock, options.server),
        apps_(loop, clock, std::move(options.server)) {}

  asio::awaitable<Result<Lease>> join(Member member, Duration ttl, Deadline deadline) override {
    Result<void> ready = co_await prepare(deadline);
    if (!ready) co_return std::unexpected(ready.error());
    const std::vector<Lease> unsure = unsure_;
    for (const Lease& lease : unsure) {
      const Result<void> left = co_await leave(lease, deadline);
      if (!left) co_return std::unexpected(left.error());
    }
    member.lease = new_lease();
    PostgresStatement statement = join_statement(group_, member, std::chrono::ceil<std::chrono::milliseconds>(ttl));
    if (unsure_.size() == kMostUnsure) unsure_.erase(unsure_.begin());
    unsure_.push_back(member.lease);
    const PostgresReply reply = co_await leases_.run_once(std::move(statement), deadline);
    if (!reply) co_return std::unexpected(reply.error().error);
    if (reply->empty()) {
      unsure_.pop_back();
      co_return fail(ErrorKind::kConflict,
                     fmt::format("postgres: a living member has the name \"{}\"; give each member its own, or wait "
                                 "until the lease of an earlier life ends",
                                 member.name));
    }
    unsure_.clear();  // what comes late finds the name taken
    co_return member.lease;
  }

  asio::awaitable<Result<void>> renew(Lease lease, Deadline deadline) override {
    PostgresStatement statement = renew_statement(group_, lease);
    const PostgresReply reply = co_await leases_.run(std::move(statement), deadline);
    if (!reply) co_return std::unexpected(reply.error().error);
    if (reply->empty()) co_return ended();
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> leave(Lease lease, Deadline deadline) override {
    PostgresStatement statement = leave_statement(group_, lease);
    const PostgresReply reply = co_await leases_.run(std::move(statement), deadline);
    if (!reply) co_return std::unexpected(reply.error().error);
    co_return Result<void>{};
  }

  asio::awaitable<Result<View>> view(Deadline deadline) override {
    PostgresStatement statement = view_statement(group_);
    const PostgresReply reply = co_await apps_.run(std::move(statement), deadline);
    // Before anybody has ever joined there are no tables, and nobody in them.
    if (!reply && !prepared_ && is_missing_table(reply.error().state)) co_return View{};
    if (!reply) co_return std::unexpected(reply.error().error);
    PostgresView read = read_view(*reply);
    seen_ = std::move(read.seen);
    co_return std::move(read.view);
  }

  asio::awaitable<Result<Holdings>> claim(Lease lease, std::vector<std::string> apps, Deadline deadline) override {
    Holdings holdings;
    const std::vector<std::vector<std::string>> all = batches(std::move(apps));
    if (all.empty()) co_return holdings;
    PostgresStatement expire = expire_statement(group_);
    const PostgresReply expired = co_await apps_.run(std::move(expire), deadline);
    if (!expired) co_return std::unexpected(expired.error().error);
    for (const std::vector<std::string>& batch : all) {
      PostgresStatement statement = claim_statement(group_, lease, batch);
      const PostgresReply reply = co_await apps_.run(std::move(statement), deadline);
      if (!reply) co_return std::unexpected(reply.error().error);
      if (!read_claim(*reply, holdings)) co_return ended();
    }
    co_return holdings;
  }

  asio::awaitable<Result<std::vector<std::string>>> save(Lease lease, Holdings holdings, Deadline deadline) override {
    Result<std::vector<std::string>> refused =
        co_await keep(PostgresKeeping::kSave, std::move(lease), std::move(holdings), deadline);
    co_return refused;
  }

  asio::awaitable<Result<void>> release(Lease lease, Holdings holdings, Deadline deadline) override {
    const Result<std::vector<std::string>> refused =
        co_await keep(PostgresKeeping::kRelease, std::move(lease), std::move(holdings), deadline);
    if (!refused) co_return std::unexpected(refused.error());
    co_return Result<void>{};
  }

  // Returns also when the server cannot be asked: the view that follows says why.
  asio::awaitable<void> changed(TimePoint until) override {
    for (;;) {
      co_await clock_.sleep_until(std::min<TimePoint>(until, clock_.now() + kLook));
      if (clock_.now() >= until) co_return;
      PostgresStatement statement = look_statement(group_);
      const PostgresReply reply =
          co_await apps_.run(std::move(statement), std::min<TimePoint>(until, clock_.now() + kLook));
      if (!reply || reply->empty() || reply->front().empty() || reply->front().front() != seen_) co_return;
    }
  }

 private:
  // The tables are there, and nothing in them of members that have ended.
  asio::awaitable<Result<void>> prepare(Deadline deadline) {
    PostgresStatement expire = expire_statement(group_);
    PostgresReply reply = co_await leases_.run(expire, deadline);
    if (!reply && is_missing_table(reply.error().state)) {
      const Result<void> created = co_await create(deadline);
      if (!created) co_return created;
      reply = co_await leases_.run(std::move(expire), deadline);
    }
    if (!reply) co_return std::unexpected(reply.error().error);
    prepared_ = true;
    co_return Result<void>{};
  }

  asio::awaitable<Result<void>> create(Deadline deadline) {
    const std::vector<PostgresStatement> statements = create_statements();
    for (const PostgresStatement& statement : statements) {
      PostgresReply reply = co_await leases_.run(statement, deadline);
      if (!reply && is_made_by_another(reply.error().state)) reply = co_await leases_.run(statement, deadline);
      if (!reply) co_return std::unexpected(reply.error().error);
    }
    co_return Result<void>{};
  }

  asio::awaitable<Result<std::vector<std::string>>> keep(PostgresKeeping what, Lease lease, Holdings holdings,
                                                         Deadline deadline) {
    std::vector<std::string> refused;
    const std::vector<std::vector<AppMemory>> all = batches(std::move(holdings));
    for (const std::vector<AppMemory>& batch : all) {
      PostgresStatement statement = keep_statement(what, group_, lease, batch);
      const PostgresReply reply = co_await apps_.run(std::move(statement), deadline);
      if (!reply) co_return std::unexpected(reply.error().error);
      const std::optional<std::set<std::string>> kept = read_kept(*reply);
      if (!kept) co_return ended();
      for (const AppMemory& memory : batch) {
        if (!kept->contains(memory.app)) refused.push_back(memory.app);
      }
    }
    co_return refused;
  }

  Clock& clock_;
  const std::string group_;
  // A connection of its own, so that no view or claim that waits for an answer until its deadline keeps the lease from
  // being renewed meanwhile.
  PostgresLink leases_;
  PostgresLink apps_;
  bool prepared_ = false;
  // Of joins without an answer, whose rows may be there, or come yet: the name is free once they have ended.
  std::vector<Lease> unsure_;
  std::string seen_;  // of the last view; empty: there was none
};

}  // namespace

Result<std::unique_ptr<Engine>> make_postgres_engine(asio::io_context& loop, Clock& clock,
                                                     PostgresEngineOptions options) {
  if (options.server.hosts.empty()) return fail(ErrorKind::kInvalid, "postgres: no host is given");
  if (options.server.tls != nullptr) {
    if (auto usable = net::make_client_context(*options.server.tls); !usable) {
      return fail_with("postgres", std::move(usable.error()));
    }
  }
  return std::make_unique<PostgresEngine>(loop, clock, std::move(options));
}

}  // namespace fas::coordination
