// Judges every request of the autoscaler as it is sent, by what the autoscaler could know at that moment: its last
// list, its last metric, and its own actions since. The rules are worked out here a second time, from the scenario's
// policy; nothing is asked of src/control or src/scale.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "tests/simulation/ledger.h"
#include "tests/simulation/network.h"
#include "tests/simulation/stage.h"

namespace fas::simulation {

struct Violation {
  std::string rule;  // "above-max", "doubled-create", ...
  Duration at{0};
  std::string what;
};

class Referee final : public WireObserver {
 public:
  Referee(const Scenario& scenario, Stage& stage) : scenario_(scenario), policy_(scenario.policy), stage_(stage) {}

  void sent(const Exchange& exchange) override;
  void took_effect(const Exchange& exchange) override;
  void replied(const Exchange& exchange, const Result<net::HttpResponse>& reply) override;

  void recorded(const control::HistoryRecord& record);

  void process_began(int process);
  // `written`: everything that it had remembered is safe.
  void process_ended(bool written);
  // What the process remembers of earlier times is right again when it has noticed and written it down: two ticks
  // later.
  void calendar_moved() { ticks_after_move_ = 0; }
  // Once in a while: does the process still do its work?
  void look();
  void check_settled() { note(judge_settled()); }

  const std::optional<Violation>& violation() const { return violation_; }
  std::uint64_t ticks() const { return next_tick_; }
  std::uint64_t acts() const { return act_count_; }
  std::uint64_t creates() const { return create_count_; }

 private:
  static constexpr int kEnoughTicks = 2;
  enum class Part : std::uint8_t { kNone, kAsked, kGood, kBad };
  // Machines whose create was answered well, and which no list has shown yet: those that are there, or all that the
  // process has to take for being there, as it cannot know how old its list is.
  enum class Unlisted : std::uint8_t { kThere, kBelieved };
  // Of the one process that is alive.
  struct Process {
    int number = 0;
    Duration last_sign{0};  // of life
    Part list = Part::kNone;
    Part metric = Part::kNone;
    Part busy = Part::kNone;
    std::optional<double> depth;
    std::optional<Metric::Busy> who_is_busy;
    std::shared_ptr<const Snapshot> snapshot;
    Duration made{0};
  };
  void note(std::optional<Violation> verdict) {
    if (verdict && !violation_) violation_ = std::move(verdict);
  }

  // --- what the process knows (referee.cpp) ---
  void list_took_effect(const Exchange& exchange);
  void list_replied(const Exchange& exchange, bool good);
  void metric_replied(const Exchange& exchange, const Result<net::HttpResponse>& reply);
  void release_replied(const Exchange& exchange, const Result<net::HttpResponse>& reply);
  void try_complete_tick();
  void tolerate(Tick& tick) const;
  bool within_tolerance(int target, int count) const;
  void act_sent(const Exchange& exchange, ActKind kind);
  void act_replied(const Exchange& exchange, const Result<net::HttpResponse>& reply);
  Act* find_act(std::uint64_t exchange);
  Tick* current();

  // --- the rules (rules.cpp); nullopt: nothing is wrong ---
  using Verdict = std::optional<Violation>;
  Verdict judge(const Tick& tick, const Act& act) const;
  Verdict judge_repeat(const Tick& tick, const Act& act) const;
  Verdict judge_touch(const Tick& tick, const Act& act) const;
  Verdict judge_count(const Tick& tick, const Act& act) const;
  Verdict judge_start(const Tick& tick, const Act& act) const;
  Verdict judge_up(const Tick& tick, bool created, int acted) const;
  Verdict judge_down(const Tick& tick, bool created, int before, int acted) const;
  Verdict judge_pace(const Tick& tick, bool created, bool up, int before, int acted) const;
  Verdict judge_choice(const Tick& tick) const;
  Verdict judge_busy(const Tick& tick, const Act& act) const;
  Verdict judge_record(const Tick& tick) const;
  Verdict judge_budget(const Tick& tick) const;
  // Of a create that has happened: is it one machine too many?
  Verdict judge_effect(const Act& act) const;
  Verdict judge_rate(const Exchange& exchange);
  Verdict judge_settled() const;
  Verdict judge_left_behind() const;
  // The furthest that the targets of this tick, and of the window before it, allow.
  std::optional<int> up_limit(const Tick& tick, bool created) const;
  std::optional<int> down_limit(const Tick& tick, bool created) const;

  // --- how things are counted (counting.cpp) ---
  // Of actions of a process that has died, which the one after it may know of or not: the list is believed, or what
  // they took away is gone.
  enum class Doubt : std::uint8_t { kList, kActions };
  MachineState state_of(const Tick& tick, const SeenMachine& machine, Doubt doubt = Doubt::kList) const;
  int created_count(const Tick& tick, Doubt doubt = Doubt::kList) const;  // not on the way to being destroyed
  int up_count(const Tick& tick, Unlisted which, Doubt doubt = Doubt::kList) const;  // started or on the way
  int started_count(const Tick& tick) const;
  int unlisted_creates(const Tick& tick, Unlisted which) const;
  bool knows_of(const Tick& tick, const Tick& earlier) const;
  // How many different machines the tick has acted on in that way.
  static int acted_on(const Tick& tick, ActKind kind);
  // Own changes of the ticks before, not older than `period`. `strict`: only what the process surely knows of.
  int changes(const Tick& tick, bool created, bool up, Duration period, bool strict) const;
  bool launching(const Tick& tick, const SeenMachine& machine) const;

  Violation violation_of(std::string rule, std::string what) const {
    return {.rule = std::move(rule), .at = stage_.timeline().now(), .what = std::move(what)};
  }

  const Scenario& scenario_;
  const Policy& policy_;
  Stage& stage_;
  Process process_;
  std::deque<Tick> ticks_;  // by age, as far back as matters
  std::map<std::uint64_t, std::pair<std::shared_ptr<const Snapshot>, Duration>> lists_;  // on their way back
  std::shared_ptr<const Snapshot> last_snapshot_;
  std::map<std::string, bool> stopped_;                         // by us, at any time: does it stand so?
  std::map<std::string, std::pair<double, Duration>> buckets_;  // of the documented rate limits
  int ticks_after_move_ = kEnoughTicks;                         // of the calendar
  bool forgot_ = false;                                         // did one die before all was written down?
  int failures_ = 0;                                            // ticks in a row without a metric
  std::uint64_t next_tick_ = 0;
  std::uint64_t act_count_ = 0;
  std::uint64_t create_count_ = 0;
  std::optional<Violation> violation_;
};

}  // namespace fas::simulation
