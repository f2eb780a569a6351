#include "tests/simulation/group_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <optional>
#include <tuple>
#include <utility>

namespace fas::simulation {

namespace asio = boost::asio;
using coordination::Holdings;
using coordination::Lease;
using coordination::Member;
using coordination::View;

// --- The store ---

void Store::changed() {
  std::erase_if(watchers_, [](const auto& watcher) { return watcher.expired(); });
  const auto watchers = watchers_;
  for (const auto& watcher : watchers) {
    if (const auto alive = watcher.lock()) (*alive)();
  }
}

void Store::end(const Lease& lease) {
  living_.erase(lease);
  for (auto& [name, app] : apps_) {
    if (app.lease == lease) app.lease.clear();
  }
  changed();
}

void Store::end_leases() {
  std::vector<Lease> over;
  for (const auto& [lease, living] : living_) {
    if (living.until <= timeline_.now()) over.push_back(lease);
  }
  for (const Lease& lease : over) end(lease);
}

Result<Lease> Store::join(int process, const Member& member, Duration ttl) {
  end_leases();
  for (const auto& [lease, living] : living_) {
    if (living.member.name == member.name) return fail(ErrorKind::kConflict, "the name is taken");
  }
  Lease lease = fmt::format("lease-{}", ++last_lease_);
  const auto own = Duration(static_cast<Duration::rep>(static_cast<double>(ttl.count()) * clock_rate_));
  living_[lease] = {.process = process, .member = member, .ttl = own, .until = timeline_.now() + own};
  living_[lease].member.lease = lease;
  timeline_.at(timeline_.now() + own, [this] { end_leases(); });
  changed();
  return lease;
}

Result<void> Store::renew(const Lease& lease) {
  end_leases();
  const auto found = living_.find(lease);
  if (found == living_.end()) return fail(ErrorKind::kNotFound, "the lease has ended");
  found->second.until = timeline_.now() + found->second.ttl;
  timeline_.at(found->second.until, [this] { end_leases(); });
  return {};
}

Result<void> Store::leave(const Lease& lease) {
  end_leases();
  if (lives(lease)) end(lease);
  return {};
}

Result<View> Store::view() {
  end_leases();
  View view;
  for (const auto& [lease, living] : living_) view.members.push_back(living.member);
  std::ranges::sort(view.members, {}, &Member::name);
  for (const auto& [name, app] : apps_) {
    if (!app.lease.empty()) view.owners[name] = app.lease;
  }
  return view;
}

Result<Holdings> Store::claim(const Lease& lease, const std::vector<std::string>& apps) {
  end_leases();
  if (!lives(lease)) return fail(ErrorKind::kNotFound, "the lease has ended");
  Holdings held;
  for (const std::string& name : apps) {
    App& app = apps_[name];
    if (app.lease.empty()) {
      app.lease = lease;
      app.number = ++last_number_;
    }
    if (app.lease == lease) held[name] = {.memory = app.memory, .number = app.number};
  }
  changed();
  return held;
}

Result<std::vector<std::string>> Store::save(const Lease& lease, const Holdings& holdings) {
  end_leases();
  if (!lives(lease)) return fail(ErrorKind::kNotFound, "the lease has ended");
  std::vector<std::string> refused;
  for (const auto& [name, holding] : holdings) {
    App& app = apps_[name];
    if (app.lease == lease && app.number == holding.number) {
      app.memory = holding.memory;
    } else {
      refused.push_back(name);
    }
  }
  return refused;
}

Result<void> Store::release(const Lease& lease, const Holdings& holdings) {
  end_leases();
  if (!lives(lease)) return fail(ErrorKind::kNotFound, "the lease has ended");
  for (const auto& [name, holding] : holdings) {
    App& app = apps_[name];
    if (app.lease != lease || app.number != holding.number) continue;
    app.memory = holding.memory;
    app.lease.clear();
  }
  changed();
  return {};
}

int Store::owner(const std::string& app) {
  end_leases();
  const auto found = apps_.find(app);
  if (found == apps_.end() || found->second.lease.empty()) return 0;
  return living_.at(found->second.lease).process;
}

std::size_t Store::owned() {
  end_leases();
  return static_cast<std::size_t>(
      std::ranges::count_if(apps_, [](const auto& entry) { return !entry.second.lease.empty(); }));
}

// --- A way to it ---

namespace {

class SimEngine final : public coordination::Engine {
 public:
  SimEngine(int process, std::string member, Store& store, const StoreNetwork& network, Timeline& timeline,
            ProcessLoop& loop, ProcessClock& clock, sim::Random& random)
      : process_(process),
        member_(std::move(member)),
        store_(store),
        network_(network),
        timeline_(timeline),
        loop_(loop),
        clock_(clock),
        random_(random),
        told_(std::make_shared<std::function<void()>>([this] { has_changed(); })) {
    store_.watch(told_);
  }

  asio::awaitable<Result<Lease>> join(Member member, Duration ttl, Deadline deadline) override {
    return call<Lease>([process = process_, member, ttl](Store& store) { return store.join(process, member, ttl); },
                       deadline);
  }
  asio::awaitable<Result<void>> renew(Lease lease, Deadline deadline) override {
    return call<void>([lease](Store& store) { return store.renew(lease); }, deadline);
  }
  asio::awaitable<Result<void>> leave(Lease lease, Deadline deadline) override {
    return call<void>([lease](Store& store) { return store.leave(lease); }, deadline);
  }
  asio::awaitable<Result<View>> view(Deadline deadline) override {
    return call<View>([](Store& store) { return store.view(); }, deadline);
  }
  asio::awaitable<Result<Holdings>> claim(Lease lease, std::vector<std::string> apps, Deadline deadline) override {
    return call<Holdings>([lease, apps](Store& store) { return store.claim(lease, apps); }, deadline);
  }
  asio::awaitable<Result<std::vector<std::string>>> save(Lease lease, Holdings holdings, Deadline deadline) override {
    return call<std::vector<std::string>>([lease, holdings](Store& store) { return store.save(lease, holdings); },
                                          deadline);
  }
  asio::awaitable<Result<void>> release(Lease lease, Holdings holdings, Deadline deadline) override {
    return call<void>([lease, holdings](Store& store) { return store.release(lease, holdings); }, deadline);
  }

  // Hears of changes while its way is open, and looks itself every now and then when it is not.
  asio::awaitable<void> changed(TimePoint until) override {
    const TimePoint give_up = passes() ? until : std::min(until, clock_.now() + std::chrono::seconds(1));
    const auto ticket = loop_.new_ticket();
    waiting_ = ticket;
    const auto alarm = timeline_.alarm(ProcessClock::time_of(give_up), [this, ticket] { loop_.wake(ticket); });
    const auto [error] = co_await loop_.park(ticket);
    waiting_.reset();
    if (error) throw boost::system::system_error(error);
  }

 private:
  bool passes() const { return !network_.down && !network_.cut.contains(member_); }

  void has_changed() {
    if (!waiting_ || !passes()) return;
    timeline_.at(timeline_.now() + way(), [loop = &loop_, ticket = *waiting_, alive = std::weak_ptr(told_)] {
      if (!alive.expired()) loop->wake(ticket);
    });
  }

  Duration way() {
    return Duration(static_cast<Duration::rep>(random_.uniform() * static_cast<double>(network_.slow.count())));
  }

  template <class T>
  struct Mailbox {
    ProcessLoop* loop = nullptr;  // null once nobody waits
    ProcessLoop::Ticket ticket = 0;
    std::optional<Result<T>> answer;
  };
  template <class T>
  struct Waiting {
    std::shared_ptr<Mailbox<T>> mailbox;
    explicit Waiting(std::shared_ptr<Mailbox<T>> of) : mailbox(std::move(of)) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { mailbox->loop = nullptr; }
  };

  template <class T>
  asio::awaitable<Result<T>> call(std::function<Result<T>(Store&)> operation, Deadline deadline) {
    const Duration until = ProcessClock::time_of(deadline);
    if (until <= timeline_.now()) co_return fail(ErrorKind::kTimeout, "too late to ask");
    auto mailbox = std::make_shared<Mailbox<T>>();
    mailbox->loop = &loop_;
    mailbox->ticket = loop_.new_ticket();
    const Waiting<T> waiting(mailbox);
    send(operation, mailbox);
    const auto alarm = timeline_.alarm(until, [mailbox] { mailbox->loop->wake(mailbox->ticket); });
    const auto [error] = co_await loop_.park(mailbox->ticket);
    if (error) throw boost::system::system_error(error);
    if (!mailbox->answer) co_return fail(ErrorKind::kUnknownOutcome, "no answer by the deadline");
    co_return std::move(*mailbox->answer);
  }

  // What is under way goes on without the process.
  template <class T>
  void send(std::function<Result<T>(Store&)> operation, std::shared_ptr<Mailbox<T>> mailbox) {
    if (!passes() || random_.chance(network_.lost)) return;
    const bool answers = !random_.chance(network_.lost);
    const Duration back = way();
    timeline_.at(timeline_.now() + way(), [store = &store_, timeline = &timeline_, network = &network_,
                                           member = member_, operation = std::move(operation), mailbox, answers, back] {
      Result<T> answer = operation(*store);
      if (!answers || network->down || network->cut.contains(member)) return;
      timeline->at(timeline->now() + back, [mailbox, answer = std::move(answer)]() mutable {
        if (mailbox->loop == nullptr) return;
        mailbox->answer = std::move(answer);
        mailbox->loop->wake(mailbox->ticket);
      });
    });
  }

  int process_;
  std::string member_;
  Store& store_;
  const StoreNetwork& network_;
  Timeline& timeline_;
  ProcessLoop& loop_;
  ProcessClock& clock_;
  sim::Random& random_;
  std::shared_ptr<std::function<void()>> told_;
  std::optional<ProcessLoop::Ticket> waiting_;
};

}  // namespace

std::unique_ptr<coordination::Engine> make_sim_engine(int process, std::string member, Store& store,
                                                      const StoreNetwork& network, Timeline& timeline,
                                                      ProcessLoop& loop, ProcessClock& clock, sim::Random& random) {
  return std::make_unique<SimEngine>(process, std::move(member), store, network, timeline, loop, clock, random);
}

}  // namespace fas::simulation
