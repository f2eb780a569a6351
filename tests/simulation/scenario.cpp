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

// Draws the events of one scenario.
class Storm {
 public:
  Storm(Random random, Scenario& scenario) : random_(random), scenario_(scenario) {}

  void draw() {
    const int ticks = static_cast<int>(scenario_.calm / scenario_.policy.interval);
    changes_of_the_metric(ticks);
    if (random_.chance(0.8)) weather(ticks);
    if (random_.chance(0.5)) others(ticks);
    if (random_.chance(0.5)) ends_of_the_process();
    if (random_.chance(0.3)) disk();
    if (random_.chance(0.3)) releases();
    if (random_.chance(0.2)) wall_jumps();
    std::ranges::stable_sort(scenario_.events, {}, &Event::at);
  }

 private:
  // An event that is over before the calm.
  Event& add(EventKind kind, Duration longest) {
    Event event{.kind = kind, .pick = random_.next()};
    event.at = scaled(scenario_.calm, 0.95 * random_.uniform());
    event.lasts = scaled(std::min(longest, scenario_.calm - event.at), random_.uniform());
    scenario_.events.push_back(event);
    return scenario_.events.back();
  }
  int up_to(int most) { return 1 + static_cast<int>(random_.below(static_cast<std::uint64_t>(most))); }
  Duration ticks(int count) const { return count * scenario_.policy.interval; }
  double depth() { return random_.chance(0.15) ? 0 : static_cast<double>(random_.below(4 * kDeepest)) / 4; }
  double chance() { return random_.chance(0.3) ? 1 : random_.uniform(); }

  void changes_of_the_metric(int total) {
    const int count = up_to(2 + total / 12);
    for (int i = 0; i < count; ++i) {
      const double kind = random_.uniform();
      if (kind < 0.6) {
        add(EventKind::kMetricSet, {}).value = depth();
      } else if (kind < 0.75) {
        add(EventKind::kMetricRamp, ticks(20)).value = depth();
      } else if (kind < 0.88) {
        add(EventKind::kMetricNoise, ticks(20)).value = random_.uniform() * 10;
      } else {
        add(EventKind::kMetricFails, ticks(10)).count = static_cast<int>(random_.below(6));
      }
    }
    // The last word.
    Event& last = scenario_.events.emplace_back();
    last.at = scenario_.calm;
    last.value = depth();
  }

  void weather(int total) {
    const int count = up_to(2 + total / 20);
    for (int i = 0; i < count; ++i) {
      const double kind = random_.uniform();
      if (kind < 0.55) {
        fault();
      } else if (kind < 0.63) {
        add(EventKind::kUnreachable, ticks(6)).rate = chance();
      } else if (kind < 0.73) {
        Event& late = add(EventKind::kLate, ticks(10));
        late.rate = chance() / 2;
        late.value = random_.uniform() * 45;
      } else if (kind < 0.83) {
        add(EventKind::kStaleList, ticks(20)).value = random_.uniform() * 20;
      } else if (kind < 0.91) {
        add(EventKind::kBootFailures, ticks(10)).rate = chance() / 2;
      } else {
        capacity();
      }
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
    Event& event = add(EventKind::kFault, ticks(10));
    event.fault = one_of(random_, kKinds);
    event.action = one_of(random_, kActions);
    event.rate = chance();
  }

  void capacity() {
    Event& event = add(EventKind::kCapacity, ticks(30));
    const auto& regions = scenario_.policy.regions;
    event.action = regions.empty() ? "iad" : regions[random_.below(regions.size())];
    event.count = static_cast<int>(random_.below(4));
  }

  void others(int total) {
    constexpr std::array kKinds = {EventKind::kOthersStart,  EventKind::kOthersStop,  EventKind::kOthersDestroy,
                                   EventKind::kOthersCreate, EventKind::kOthersLease, EventKind::kHostDown};
    const int count = up_to(2 + total / 25);
    for (int i = 0; i < count; ++i) add(one_of(random_, kKinds), ticks(10)).count = up_to(3);
  }

  void ends_of_the_process() {
    const int count = up_to(6);
    for (int i = 0; i < count; ++i) {
      if (random_.chance(0.25)) {
        add(EventKind::kStop, minutes(2));
        continue;
      }
      Event& crash = add(EventKind::kCrash, random_.chance(0.7) ? Duration(seconds(20)) : Duration(minutes(10)));
      crash.count = up_to(80);
    }
  }

  void disk() {
    const int count = up_to(3);
    for (int i = 0; i < count; ++i) {
      if (random_.chance(0.5)) {
        add(EventKind::kDiskFull, ticks(20));
      } else {
        add(EventKind::kDiskSlow, ticks(20)).value = random_.uniform() * 20;
      }
    }
  }

  void releases() {
    const int count = up_to(3);
    for (int i = 0; i < count; ++i) add(EventKind::kRelease, ticks(15));
  }

  void wall_jumps() {
    const int count = up_to(2);
    for (int i = 0; i < count; ++i) {
      const double far = random_.chance(0.5) ? 3600 : 60;
      add(EventKind::kWallJump, {}).value = far * (2 * random_.uniform() - 1);
    }
  }

  Random random_;
  Scenario& scenario_;
};

void draw_platform(Scenario& scenario, Random random) {
  constexpr std::array kStates = {MachineState::kStopped, MachineState::kStopped, MachineState::kStarted,
                                  MachineState::kStarted, MachineState::kSuspended};
  const bool pool = scenario.policy.started && !scenario.policy.created;
  const std::size_t count = (pool ? 3 : 1) + random.below(6);
  for (std::size_t i = 0; i < count; ++i) scenario.machines.push_back(one_of(random, kStates));
  scenario.decoys = random.chance(0.3);
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
  const Duration storm = (100 + static_cast<int>(times.below(400))) * scenario.policy.interval;
  scenario.calm = std::clamp<Duration>(storm, minutes(30), minutes(180));
  Storm(random.fork("storm"), scenario).draw();
  scenario.settled = scenario.calm + longest_settling(scenario.policy);
  scenario.end = scenario.settled + minutes(15) + scenario.policy.up.window + scenario.policy.down.window;
  return scenario;
}

}  // namespace fas::simulation
