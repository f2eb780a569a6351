#include "tests/simulation/scenario.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fas::simulation {
namespace {

using sim::FaultKind;
using sim::Random;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kDeepest = 50;

Duration scaled(Duration time, double factor) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(time.count()) * factor));
}

sim::Spread spread(std::string_view text) { return *sim::Spread::parse(text); }

template <class T, std::size_t N>
const T& one_of(Random& random, const std::array<T, N>& choices) {
  return choices[random.below(N)];
}

// Draws the events of one scenario: scene by scene, each a change of the metric, so that there is something to do, and
// trouble around it. Which kinds of trouble there are differs from scenario to scenario: a few at a time meet more
// often than all at once.
class Storm {
 public:
  Storm(Random random, Scenario& scenario) : random_(random), scenario_(scenario) {
    for (bool& allowed : allowed_) allowed = random_.chance(0.35);
  }

  void draw() {
    const Duration scene = (4 + static_cast<int>(random_.below(10))) * scenario_.policy.interval;
    for (Duration at{0}; at < scaled(scenario_.calm, 0.95); at += scaled(scene, 0.5 + random_.uniform())) {
      begin_ = at;
      change_of_the_metric();
      for (int count = static_cast<int>(random_.below(4)); count > 0; --count) trouble();
    }
    Event& last = scenario_.events.emplace_back();
    last.at = scenario_.calm;
    last.value = depth();
    std::ranges::stable_sort(scenario_.events, {}, &Event::at);
  }

 private:
  using enum EventKind;
  static constexpr std::array kTroubles = {
      kMetricFails, kFault,        kFault,       kFault,      kFault,         kUnreachable,  kLate,        kStaleList,
      kCapacity,    kBootFailures, kOthersStart, kOthersStop, kOthersDestroy, kOthersCreate, kOthersLease, kHostDown,
      kCrash,       kCrash,        kStop,        kDiskFull,   kDiskSlow,      kRelease,      kWallJump};

  // Near the scene's begin, and over before the calm.
  Event& add(EventKind kind, Duration longest) {
    const Duration at = begin_ + scaled(scenario_.policy.interval, 4 * random_.uniform() - 1.5);
    Event event{.kind = kind, .pick = random_.next()};
    event.at = floor_ms(std::clamp(at, Duration{0}, scaled(scenario_.calm, 0.97)));
    event.lasts = floor_ms(scaled(std::min(longest, scenario_.calm - event.at), random_.uniform()));
    scenario_.events.push_back(event);
    return scenario_.events.back();
  }
  static Duration floor_ms(Duration time) { return std::chrono::floor<milliseconds>(time); }
  int up_to(int most) { return 1 + static_cast<int>(random_.below(static_cast<std::uint64_t>(most))); }
  Duration ticks(int count) const { return count * scenario_.policy.interval; }
  double depth() { return random_.chance(0.15) ? 0 : static_cast<double>(random_.below(4 * kDeepest)) / 4; }
  double chance() { return random_.chance(0.4) ? 1 : random_.uniform(); }
  double up_to_seconds(int most) { return static_cast<double>(up_to(most * 10)) / 10; }

  void change_of_the_metric() {
    const double kind = random_.uniform();
    if (kind < 0.75) {
      add(kMetricSet, {}).value = depth();
    } else if (kind < 0.88) {
      add(kMetricRamp, ticks(12)).value = depth();
    } else {
      add(kMetricNoise, ticks(12)).value = static_cast<double>(up_to(10));
    }
  }

  void trouble() {
    const std::size_t kind = random_.below(kTroubles.size());
    if (!allowed_[kind]) return;
    switch (kTroubles[kind]) {
      case kFault: return fault();
      case kUnreachable: add(kUnreachable, ticks(6)).rate = chance(); break;
      case kLate: {
        Event& late = add(kLate, ticks(10));
        late.rate = chance() / 2;
        late.value = up_to_seconds(45);
        break;
      }
      case kStaleList: add(kStaleList, ticks(20)).value = up_to_seconds(20); break;
      case kCapacity: {
        Event& event = add(kCapacity, ticks(20));
        const auto& regions = scenario_.policy.regions;
        event.action = regions.empty() ? "iad" : regions[random_.below(regions.size())];
        event.count = static_cast<int>(random_.below(4));
        break;
      }
      case kBootFailures: add(kBootFailures, ticks(10)).rate = chance() / 2; break;
      case kMetricFails: add(kMetricFails, ticks(10)).count = static_cast<int>(random_.below(6)); break;
      case kCrash:
        add(kCrash, random_.chance(0.7) ? Duration(seconds(20)) : Duration(minutes(8))).count = up_to(100);
        break;
      case kStop: add(kStop, minutes(2)); break;
      case kDiskSlow: add(kDiskSlow, ticks(15)).value = up_to_seconds(20); break;
      case kWallJump: {
        const int far = random_.chance(0.5) ? 3600 : 120;
        const int by = 10 + up_to(far);  // less than a second is taken for drift
        add(kWallJump, {}).value = random_.chance(0.5) ? by : -by;
        break;
      }
      default: add(kTroubles[kind], ticks(12)).count = up_to(3); break;
    }
  }

  void fault() {
    constexpr std::array kKinds = {FaultKind::kErrorBefore, FaultKind::kErrorAfter,  FaultKind::kResetBefore,
                                   FaultKind::kResetAfter,  FaultKind::kRateLimited, FaultKind::kHang,
                                   FaultKind::kHangAfter,   FaultKind::kHtml,        FaultKind::kTruncated,
                                   FaultKind::kWrongTypes,  FaultKind::kEmpty};
    constexpr std::array<std::string_view, 14> kActions = {"*",     "*",       "list",       "create",       "create",
                                                           "start", "stop",    "suspend",    "destroy",      "get",
                                                           "wait",  "graphql", "lease_take", "lease_release"};
    Event& event = add(kFault, ticks(10));
    event.fault = one_of(random_, kKinds);
    event.action = one_of(random_, kActions);
    event.rate = chance();
  }

  Random random_;
  Scenario& scenario_;
  Duration begin_{0};  // of the scene
  std::array<bool, kTroubles.size()> allowed_{};
};

void draw_platform(Scenario& scenario, Random random) {
  constexpr std::array kStates = {MachineState::kStopped, MachineState::kStopped, MachineState::kStarted,
                                  MachineState::kStarted, MachineState::kSuspended};
  const bool pool = scenario.policy.started && !scenario.policy.created;
  const std::size_t count = (pool ? 3 : 1) + random.below(6);
  for (std::size_t i = 0; i < count; ++i) scenario.machines.push_back(one_of(random, kStates));
  scenario.decoys = random.chance(0.3);
  scenario.services = random.chance(0.3);
  scenario.depth = static_cast<double>(random.below(kDeepest));
  constexpr std::array<std::string_view, 4> kLatencies = {"20ms", "10ms..90ms", "lognormal:60ms,0.7", "exp:300ms"};
  constexpr std::array<std::string_view, 4> kBoots = {"300ms", "1s..4s", "lognormal:3s,0.8", "10s..40s"};
  constexpr std::array<std::string_view, 3> kStops = {"500ms", "1s..8s", "lognormal:5s,1"};
  scenario.latency = spread(one_of(random, kLatencies));
  scenario.create_time = spread("100ms..2s");
  scenario.boot_time = spread(one_of(random, kBoots));
  scenario.stop_time = spread(one_of(random, kStops));
  scenario.destroy_time = spread("100ms..3s");
  scenario.name_conflict_status = random.chance(0.5) ? 409 : 422;
}

// How long the policy may take to get from anywhere to where it wants to be, when nothing is in its way.
Duration longest_settling(const Policy& policy) {
  const int way = policy.longest_way();
  Duration time = minutes(15) + 3 * policy.timeout + 6 * policy.interval;  // back-offs, regions and names left out
  for (const Direction* rules : {&policy.up, &policy.down}) {
    time += 2 * rules->window + way * rules->cooldown;
    for (const Step& step : rules->steps) time += way * step.period;
  }
  if (policy.budget > 0) time += way * policy.interval;
  if (policy.busy) time += minutes(30);
  return time;
}

}  // namespace

Scenario make_scenario(std::uint64_t seed) {
  const Random random(seed);
  Scenario scenario;
  scenario.seed = seed;
  scenario.policy = random_policy(random.fork("policy"));
  draw_platform(scenario, random.fork("platform"));
  Random times = random.fork("times");
  const Duration storm = (150 + static_cast<int>(times.below(300))) * scenario.policy.interval;
  scenario.calm = std::clamp<Duration>(storm, minutes(20), minutes(180));
  Storm(random.fork("storm"), scenario).draw();
  scenario.settled = scenario.calm + longest_settling(scenario.policy);
  scenario.end = scenario.settled + minutes(120) + scenario.policy.up.window + scenario.policy.down.window;
  return scenario;
}

}  // namespace fas::simulation
