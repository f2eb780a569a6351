#include "tests/simulation/group_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include "sim/api.h"
#include "sim/machine_config.h"
#include "tests/simulation/group_store.h"
#include "tests/simulation/instance.h"
#include "tests/simulation/network.h"

namespace fas::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kTrouble = minutes(6);  // how long things go wrong
constexpr Duration kEnd = minutes(9);
constexpr int kMachines = 3;  // of each app

struct Plan {
  int members = 2;
  int apps = 5;
  Duration lease = seconds(10);
  Duration interval = seconds(5);
  Duration timeout = seconds(4);
  Duration latency = milliseconds(50);
  double store_rate = 1;
};

Plan make_plan(sim::Random& random) {
  const Duration leases[] = {seconds(5), seconds(10), seconds(20)};
  const Duration intervals[] = {seconds(1), seconds(5), seconds(15)};
  Plan plan;
  plan.members = 2 + static_cast<int>(random.below(3));
  plan.apps = 1 + static_cast<int>(random.below(12));
  plan.lease = leases[random.below(3)];
  plan.interval = intervals[random.below(3)];
  plan.timeout = std::min<Duration>(plan.interval, seconds(4));
  // Below what a member leaves between a change and the end of its certainty: what takes longer nobody can call back.
  plan.latency = milliseconds(5 + random.below(480));
  // Far beyond what clocks of machines differ by.
  plan.store_rate = 0.95 + 0.1 * random.uniform();
  return plan;
}

enum class Trouble : std::uint8_t { kKill, kStop, kFreeze, kCut, kStoreDown, kLossy, kSlow, kApiFaults, kCount };

std::string_view name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::kKill: return "kill";
    case Trouble::kStop: return "stop";
    case Trouble::kFreeze: return "freeze";
    case Trouble::kCut: return "cut off from the store";
    case Trouble::kStoreDown: return "store down";
    case Trouble::kLossy: return "store loses calls";
    case Trouble::kSlow: return "store slow";
    case Trouble::kApiFaults: return "API fails";
    case Trouble::kCount: break;
  }
  return "";
}

class GroupPlay final : public WireObserver {
 public:
  GroupPlay(std::uint64_t seed, bool trace)
      : trace_(trace),
        random_(sim::Random(seed).fork("group")),
        plan_(make_plan(random_)),
        world_(world_options(seed)),
        api_(world_, {.token = "secret", .latency = sim::Spread(plan_.latency)}),
        network_(
            timeline_, api_, [](const Exchange&) { return std::optional<net::ServerResponse>(); },
            sim::Random(seed).fork("network")),
        store_(timeline_, plan_.store_rate),
        engine_random_(sim::Random(seed).fork("store")) {
    network_.observe(this);
    for (int i = 0; i < plan_.apps; ++i) {
      const std::string name = fmt::format("app-{}", i);
      sim::App* app = world_.add_app({.name = name, .org = "acme"});
      for (int n = 0; n < kMachines; ++n) {
        world_.add_machine(*app, "", "", sim::default_config(name), MachineState::kStopped);
      }
      attended_[name] = Duration{0};
    }
  }

  GroupReport run() {
    for (int i = 0; i < plan_.members; ++i) {
      members_.push_back(std::make_unique<Member>());
      members_.back()->name = std::string(1, static_cast<char>('a' + i));
    }
    // Not all at once: some meet a group that there is.
    for (auto& member : members_) {
      timeline_.at(milliseconds(random_.below(20'000)), [this, &member = *member] { start(member); });
    }
    plan_trouble();
    while (!report_.violation) {
      const auto next = timeline_.next();
      if (!next || *next > kEnd) break;
      timeline_.step();
      for (auto& member : members_) let_run(*member);
    }
    if (!report_.violation) check_settled();
    for (auto& member : members_) member->process.reset();
    return std::move(report_);
  }

  // --- What passes over the wire ---

  void sent(const Exchange& exchange) override {
    say("process {} sends {} {}", exchange.process, sim::to_string(exchange.route.action), exchange.route.app);
  }
  void replied(const Exchange& exchange, const Result<net::HttpResponse>& reply) override {
    say("process {} learns of {} {}: {}", exchange.process, sim::to_string(exchange.route.action), exchange.route.app,
        reply ? std::to_string(reply->status) : reply.error().message);
  }
  void took_effect(const Exchange& exchange) override {
    if (!exchange.request.url.starts_with(kMachinesUrl)) return;
    const std::string app = exchange.route.app;
    mix(exchange.number);
    mix(static_cast<std::uint64_t>(exchange.effect.count()));
    if (exchange.route.action == sim::Action::kList) attended_[app] = timeline_.now();
    if (exchange.request.method == "GET") return;
    ++report_.acts;
    const int owner = store_.owner(app);
    say("process {} does {} {}", exchange.process, sim::to_string(exchange.route.action), app);
    if (owner != 0 && owner != exchange.process) {
      violate("process {} acted on {} ({}), which process {} owns", exchange.process, app,
              sim::to_string(exchange.route.action), owner);
    }
    int& last = actors_[app];
    if (last != exchange.process) ++report_.takings;
    last = exchange.process;
  }

 private:
  struct Member {
    std::string name;
    Disk disk;
    WallOffset wall;
    std::unique_ptr<Instance> process;
    int number = 0;
    int frozen = 0;
    bool leaving = false;
    Duration away{0};
  };

  static sim::WorldOptions world_options(std::uint64_t seed) {
    sim::WorldOptions options;
    options.seed = seed;
    return options;
  }

  template <class... Arguments>
  void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (!trace_) return;
    const auto ms = std::chrono::duration_cast<milliseconds>(timeline_.now()).count();
    report_.trace.push_back(fmt::format("{:>4}.{:03}  {}", ms / 1000, ms % 1000,
                                        fmt::format(format, std::forward<Arguments>(arguments)...)));
  }
  template <class... Arguments>
  void violate(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (report_.violation) return;
    report_.violation = fmt::format("at {}: {}", format_duration(timeline_.now()),
                                    fmt::format(format, std::forward<Arguments>(arguments)...));
    if (trace_) report_.trace.push_back(*report_.violation);
  }
  void mix(std::uint64_t value) { report_.hash = (report_.hash ^ value) * 0x100000001b3ULL; }

  std::string yaml() const {
    return fmt::format(
        "app-name: \"app-*\"\norg: acme\napi-token: secret\nconcurrency: 20\ninterval: {}\ntimeout: {}\n"
        "app-list-refresh-interval: 30s\n"
        "started-machine-count: \"1 + int(now().Unix() / 7) % {}\"\n",
        format_duration(plan_.interval), format_duration(plan_.timeout), kMachines);
  }

  // --- Processes ---

  void start(Member& member) {
    member.number = ++last_process_;
    member.leaving = false;
    ++report_.processes;
    say("process {} begins as member {}", member.number, member.name);
    Surroundings around{timeline_, network_, member.disk, world_.options().epoch, member.wall};
    around.engine = [this, &member](ProcessLoop& loop, ProcessClock& clock) {
      return make_sim_engine(member.number, member.name, store_, store_network_, timeline_, loop, clock,
                             engine_random_);
    };
    around.membership = {.self = {.name = member.name, .address = {}, .lease = {}}, .ttl = plan_.lease};
    auto started = Instance::start(member.number, around, yaml(), random_.fork(fmt::format("{}", member.number)));
    if (!started) throw std::runtime_error(started.error().message + "\n" + yaml());
    member.process = std::move(*started);
    let_run(member);
  }

  void let_run(Member& member) {
    if (!member.process || member.frozen > 0) return;
    member.process->run();
    if (!member.process->ended()) return;
    say("process {} has ended", member.number);
    gone(member);
  }

  void gone(Member& member) {
    member.process.reset();
    timeline_.at(timeline_.now() + member.away, [this, &member] { start(member); });
  }

  // --- What goes wrong ---

  void plan_trouble() {
    const auto count = 2 + random_.below(10);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto trouble = static_cast<Trouble>(random_.below(static_cast<std::uint64_t>(Trouble::kCount)));
      const Duration at = seconds(20) + milliseconds(random_.below(300'000));
      // Around the lease's length, where the races are, and up to three times of it.
      const auto lasts =
          Duration(static_cast<Duration::rep>(3 * random_.uniform() * static_cast<double>(plan_.lease.count())));
      const std::size_t who = random_.below(members_.size());
      const double rate = random_.uniform();
      if (at + lasts < kTrouble) {
        timeline_.at(at, [=, this] { begin(trouble, *members_[who], lasts, rate); });
      }
    }
  }

  void later(Duration time, std::function<void()> what) {
    timeline_.at(timeline_.now() + time, [what = std::move(what)] { what(); });
  }

  void begin(Trouble trouble, Member& member, Duration lasts, double rate) {
    say("{} ({}) for {}", name_of(trouble), member.name, format_duration(lasts));
    const bool runs = member.process && !member.leaving;
    switch (trouble) {
      case Trouble::kKill:
        if (!runs) return;
        member.away = lasts;
        gone(member);
        break;
      case Trouble::kStop:
        if (!runs) return;
        member.away = lasts;
        member.leaving = true;
        member.process->stop();
        break;
      case Trouble::kFreeze:
        ++member.frozen;
        later(lasts, [&member] { --member.frozen; });
        break;
      case Trouble::kCut:
        store_network_.cut.insert(member.name);
        later(lasts, [this, &member] { store_network_.cut.erase(member.name); });
        break;
      case Trouble::kStoreDown:
        store_network_.down = true;
        later(lasts, [this] { store_network_.down = false; });
        break;
      case Trouble::kLossy:
        store_network_.lost = rate / 2;
        later(lasts, [this] { store_network_.lost = 0; });
        break;
      case Trouble::kSlow:
        store_network_.slow = Duration(static_cast<Duration::rep>(rate * static_cast<double>(plan_.lease.count())));
        later(lasts, [this] { store_network_.slow = milliseconds(20); });
        break;
      case Trouble::kApiFaults:
        api_.faults().add({.kind = sim::FaultKind::kResetAfter, .action = "*", .rate = rate / 2});
        later(lasts, [this] { api_.faults().clear(); });
        break;
      case Trouble::kCount: break;
    }
  }

  // Three minutes after the last trouble everything is as it should be, and has been for a while.
  void check_settled() {
    if (store_.owned() != attended_.size()) {
      return violate("{} of {} apps are owned long after the last trouble", store_.owned(), attended_.size());
    }
    for (const auto& [app, last] : attended_) {
      if (timeline_.now() - last > 2 * plan_.interval + plan_.timeout) {
        violate("{} has not been looked after since {}", app, format_duration(last));
      }
    }
  }

  bool trace_;
  sim::Random random_;
  Plan plan_;
  Timeline timeline_;
  sim::World world_;
  sim::Api api_;
  Network network_;
  Store store_;
  StoreNetwork store_network_;
  sim::Random engine_random_;
  std::vector<std::unique_ptr<Member>> members_;
  std::map<std::string, Duration, std::less<>> attended_;  // when the app's machines were listed last
  std::map<std::string, int, std::less<>> actors_;         // who acted last
  GroupReport report_;
  int last_process_ = 0;
};

}  // namespace

GroupReport run_group(std::uint64_t seed, bool trace) { return GroupPlay(seed, trace).run(); }

}  // namespace fas::simulation
