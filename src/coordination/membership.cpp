#include "coordination/membership.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "control/log.h"
#include "coordination/rendezvous.h"

namespace fas::coordination {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)

namespace {

constexpr std::chrono::milliseconds kFirstPause{200};  // after a call that failed
// Changes come in bunches: members of a rolling restart, the batches of a claim. Looked at once for each bunch.
constexpr std::chrono::milliseconds kBunch{50};

Duration renewal(Duration ttl) { return ttl / 4; }
Duration longest_pause(Duration ttl) { return ttl / 8; }

}  // namespace

// Clocks of machines differ by some hundred parts in a million at worst; most of the margin is for a request on its
// way, and for etcd's leader: cut off from its cluster it goes on renewing leases for up to two election timeouts (of
// 1 s, if not told otherwise), while its successor counts from about one after the two parted.
Duration margin_of(Duration ttl) { return std::max<Duration>(ttl / 10, std::chrono::milliseconds(1500)); }

Membership::Membership(const asio::any_io_executor& executor, Clock& clock, Engine& engine, Apps& apps,
                       MembershipOptions options)
    : clock_(clock),
      engine_(engine),
      apps_(apps),
      options_(std::move(options)),
      granted_(executor),
      out_of_step_(executor),
      to_write_(executor),
      written_(executor) {}

asio::awaitable<void> Membership::run() {
  co_await (keep_lease() && watch_certainty() && keep_in_step() && keep_memories());
}

// --- The lease ---

asio::awaitable<void> Membership::keep_lease() {
  Duration pause = kFirstPause;
  for (;;) {
    const TimePoint asked = clock_.now();
    Member self = options_.self;
    Result<Lease> lease = co_await engine_.join(std::move(self), options_.ttl, asked + options_.ttl / 2);
    if (!lease) {
      note("cannot join the group", std::unexpected(lease.error()));
      co_await clock_.sleep_until(clock_.now() + pause);
      pause = std::min(pause * 2, longest_pause(options_.ttl));
      continue;
    }
    note("cannot join the group", {});
    pause = kFirstPause;
    lease_ = std::move(*lease);
    granted(asked);
    control::log_info("joined the group", {{"member", options_.self.name}});
    co_await hold_lease();
    term_->end();
    let_go_of_all("the lease has ended");
    term_ = std::make_shared<control::LeaseTerm>();
    lease_.clear();
    to_release_.clear();
  }
}

// Returns when the lease has ended.
asio::awaitable<void> Membership::hold_lease() {
  TimePoint next = clock_.now() + renewal(options_.ttl);
  Duration pause = kFirstPause;
  for (;;) {
    co_await clock_.sleep_until(next);
    const TimePoint asked = clock_.now();
    Lease lease = lease_;
    const Result<void> renewed = co_await engine_.renew(std::move(lease), asked + renewal(options_.ttl));
    const bool has_ended = !renewed && renewed.error().kind == ErrorKind::kNotFound;
    note("cannot renew the lease", has_ended ? Result<void>{} : renewed);
    if (has_ended) co_return;
    if (renewed) {
      granted(asked);
      next = asked + renewal(options_.ttl);
      pause = kFirstPause;
    } else {
      next = clock_.now() + pause;
      pause = std::min(pause * 2, longest_pause(options_.ttl));
    }
  }
}

void Membership::granted(TimePoint asked) {
  term_->extend(asked + options_.ttl - margin_of(options_.ttl));
  granted_.notify();
  to_write_.notify();
}

asio::awaitable<void> Membership::watch_certainty() {
  for (;;) {
    granted_.clear();
    if (certain()) {
      co_await clock_.sleep_until(safe_until());
      if (certain()) continue;  // it has been renewed meanwhile
      let_go_of_all("the lease could not be renewed in time");
    } else {
      co_await granted_.wait();
      out_of_step_.notify();
    }
  }
}

// --- Whose apps are whose ---

bool Membership::wanted(const std::string& app) const {
  if (!names_.contains(app)) return false;
  const Member* member = preferred(view_.members, app);
  return member != nullptr && member->lease == lease_;
}

void Membership::set_apps(const std::vector<std::string>& names) {
  std::set<std::string, std::less<>> all(names.begin(), names.end());
  if (all == names_) return;
  names_ = std::move(all);
  out_of_step_.notify();
}

asio::awaitable<void> Membership::keep_in_step() {
  Duration pause = kFirstPause;
  for (;;) {
    out_of_step_.clear();
    if (!certain()) {
      co_await out_of_step_.wait();
      continue;
    }
    Result<View> view = co_await engine_.view(safe_until());
    note("cannot read who owns what", view ? Result<void>{} : std::unexpected(view.error()));
    if (!view) {
      co_await clock_.sleep_until(clock_.now() + pause);
      pause = std::min(pause * 2, longest_pause(options_.ttl));
      continue;
    }
    pause = kFirstPause;
    co_await settle(std::move(*view));
    co_await (engine_.changed(clock_.now() + options_.ttl) || out_of_step_.wait());
    co_await clock_.sleep_until(clock_.now() + kBunch);
  }
}

asio::awaitable<void> Membership::settle(View view) {
  view_ = std::move(view);
  const auto owned_by_us = [&](const std::string& app) {
    const auto owner = view_.owners.find(app);
    return owner != view_.owners.end() && owner->second == lease_;
  };
  // What this member let go of since the view was asked for is left to its own way out.
  std::vector<std::string> taken, unwanted;
  for (const auto& [app, held] : held_) {
    if (held.hold != Hold::kOurs) continue;
    if (!owned_by_us(app)) {
      taken.push_back(app);
    } else if (!wanted(app)) {
      unwanted.push_back(app);
    }
  }
  for (const std::string& app : taken) {
    control::log_error("an app is not ours any more, though our lease is alive", {{"app", app}});
    let_go(app, Hold::kCancelled);
  }
  for (const std::string& app : unwanted) let_go(app, Hold::kEnding);

  std::vector<std::string> free;
  const auto in_hand = [&](const std::string& app) { return held_.contains(app) || to_release_.contains(app); };
  for (const std::string& app : names_) {
    const bool is_free = !view_.owners.contains(app) || owned_by_us(app);
    if (is_free && !in_hand(app) && wanted(app)) free.push_back(app);
  }
  // Ours by a call whose answer was lost; taken as well, to be given up in order.
  for (const auto& [app, owner] : view_.owners) {
    if (owner == lease_ && !in_hand(app) && !wanted(app)) free.push_back(app);
  }
  if (!free.empty()) co_await take(std::move(free));
}

asio::awaitable<void> Membership::take(std::vector<std::string> apps) {
  const Lease lease = lease_;
  Lease name = lease;
  Result<Holdings> holdings = co_await engine_.claim(std::move(name), std::move(apps), safe_until());
  note("cannot take apps", holdings ? Result<void>{} : std::unexpected(holdings.error()));
  if (!holdings) {
    out_of_step_.notify();  // what came of it is seen at the next look
    co_return;
  }
  if (lease != lease_ || !certain()) co_return;
  for (auto& [app, holding] : *holdings) {
    if (held_.contains(app) || to_release_.contains(app)) continue;
    if (!wanted(app)) {
      to_release_.emplace(app, std::move(holding));
      to_write_.notify();
      continue;
    }
    auto tenure = std::make_shared<control::Tenure>(term_);
    held_[app] = {.lease = lease, .number = holding.number, .memory = std::move(holding.memory), .tenure = tenure};
    control::log_debug("took an app", {{"app", app}});
    apps_.take(app, std::move(tenure));
  }
}

void Membership::let_go(const std::string& app, Hold how) {
  Held& held = held_.find(app)->second;
  const Hold before = std::exchange(held.hold, how);
  if (how == Hold::kCancelled) {
    changed_.erase(app);
    held.tenure->revoke();
  }
  if (before == Hold::kOurs) apps_.give_up(app, [this, app] { ended(app); });
  // It may have ended within that call.
  if (how == Hold::kCancelled && held_.contains(app)) apps_.cancel(app);
}

void Membership::let_go_of_all(std::string_view why) {
  std::vector<std::string> apps;
  for (const auto& [app, held] : held_) {
    if (held.hold != Hold::kCancelled) apps.push_back(app);
  }
  if (!apps.empty()) control::log_warn("letting go of all apps", {{"why", why}, {"apps", apps.size()}});
  for (const std::string& app : apps) let_go(app, Hold::kCancelled);
  saved_ = changes_;
  written_.notify();
}

void Membership::ended(const std::string& app) {
  const auto found = held_.find(app);
  Held& held = found->second;
  if (held.hold == Hold::kEnding && held.lease == lease_) {
    to_release_[app] = {.memory = std::move(held.memory), .number = held.number};
    to_write_.notify();
  }
  changed_.erase(app);
  held_.erase(found);
  out_of_step_.notify();
}

// --- Memories ---

std::string Membership::memory(const std::string& app) const {
  const auto held = held_.find(app);
  return held == held_.end() ? std::string() : held->second.memory;
}

void Membership::remember(const std::string& app, std::string memory) {
  const auto held = held_.find(app);
  if (held == held_.end() || held->second.hold == Hold::kCancelled) return;
  held->second.memory = std::move(memory);
  changed_.insert(app);
  ++changes_;
  to_write_.notify();
}

asio::awaitable<bool> Membership::flushed(Deadline deadline) {
  const std::uint64_t all = changes_;
  const Lease lease = lease_;
  while (saved_ < all && clock_.now() < deadline) {
    written_.clear();
    co_await (written_.wait() || clock_.sleep_until(deadline));
  }
  co_return saved_ >= all&& lease == lease_&& certain();
}

asio::awaitable<void> Membership::keep_memories() {
  Duration pause = kFirstPause;
  for (;;) {
    to_write_.clear();
    if (!certain() || (changed_.empty() && to_release_.empty())) {
      co_await to_write_.wait();
      continue;
    }
    Result<void> done = co_await save_changed();
    if (done) done = co_await release_given_up();
    note("cannot write to the engine", done);
    if (done) {
      pause = kFirstPause;
      continue;
    }
    co_await clock_.sleep_until(clock_.now() + pause);
    pause = std::min(pause * 2, longest_pause(options_.ttl));
  }
}

asio::awaitable<Result<void>> Membership::save_changed() {
  if (changed_.empty()) {
    saved_ = changes_;
    written_.notify();
    co_return Result<void>{};
  }
  const std::uint64_t through = changes_;
  const std::set<std::string> changed = std::exchange(changed_, {});
  Holdings holdings;
  for (const std::string& app : changed) {
    const Held& held = held_.find(app)->second;
    holdings[app] = {.memory = held.memory, .number = held.number};
  }
  const Lease lease = lease_;
  Lease name = lease;
  Result<std::vector<std::string>> refused = co_await engine_.save(std::move(name), std::move(holdings), safe_until());
  if (lease != lease_) co_return Result<void>{};
  if (!refused) {
    for (const std::string& app : changed) {
      const auto held = held_.find(app);
      if (held != held_.end() && held->second.hold != Hold::kCancelled) changed_.insert(app);
    }
    co_return std::unexpected(std::move(refused.error()));
  }
  for (const std::string& app : *refused) {
    const auto held = held_.find(app);
    if (held == held_.end() || held->second.hold == Hold::kCancelled) continue;
    control::log_error("an app is not ours any more, though our lease is alive", {{"app", app}});
    let_go(app, Hold::kCancelled);
  }
  saved_ = std::max(saved_, through);
  written_.notify();
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Membership::release_given_up() {
  if (to_release_.empty()) co_return Result<void>{};
  const Holdings released = to_release_;
  const Lease lease = lease_;
  Lease name = lease;
  Holdings holdings = released;
  Result<void> done = co_await engine_.release(std::move(name), std::move(holdings), safe_until());
  if (!done || lease != lease_) co_return done;
  for (const auto& [app, holding] : released) to_release_.erase(app);
  out_of_step_.notify();  // one of them may be wanted again
  co_return done;
}

asio::awaitable<void> Membership::leave(Deadline deadline) {
  if (lease_.empty()) co_return;
  for (auto& [app, held] : held_) {
    if (held.lease == lease_ && held.hold != Hold::kCancelled) {
      to_release_[app] = {.memory = std::move(held.memory), .number = held.number};
    }
  }
  held_.clear();
  changed_.clear();
  if (!to_release_.empty()) {
    Lease name = lease_;
    Holdings holdings = std::exchange(to_release_, {});
    const Result<void> released = co_await engine_.release(std::move(name), std::move(holdings), deadline);
    if (!released) control::log_warn("cannot hand apps over in order", {{"err", released.error().message}});
  }
  term_->end();
  Lease name = std::exchange(lease_, {});
  const Result<void> left = co_await engine_.leave(std::move(name), deadline);
  if (!left) control::log_warn("cannot end the lease; it ends by itself", {{"err", left.error().message}});
}

// --- For people ---

// Once when it begins and once when it is over.
void Membership::note(std::string_view what, const Result<void>& result) {
  const auto known = troubles_.find(what);
  if (result) {
    if (known == troubles_.end()) return;
    troubles_.erase(known);
    control::log_info("the group works again", {{"was", what}});
    return;
  }
  if (known == troubles_.end()) {
    control::log_error(what, {{"err", result.error().message}, {"member", options_.self.name}});
  }
  troubles_[std::string(what)] = result.error().message;
}

std::string Membership::trouble() const {
  if (troubles_.empty()) return {};
  return troubles_.begin()->first + ": " + troubles_.begin()->second;
}

}  // namespace fas::coordination
