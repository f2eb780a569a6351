#include "backtest/replay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "backtest/observed.h"
#include "backtest/queue_model.h"
#include "backtest/recorded_fleet.h"
#include "backtest/resample.h"

namespace fas::backtest {
namespace {

constexpr int kMostMachines = 1000;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

bool creates(const scale::Policy& policy) { return policy.counts().min_created || policy.counts().max_created; }

std::string region_of(const CandidatePolicy& candidate) {
  return candidate.regions.empty() ? "any" : candidate.regions.front();
}

FleetOptions fleet_of(const CandidatePolicy& candidate, const ReplayOptions& options, int machines) {
  FleetOptions fleet = options.fleet;
  fleet.suspend = candidate.suspends;
  fleet.machines = machines;
  fleet.started = candidate.fixed >= 0 ? candidate.fixed : std::min(options.fleet.started, machines);
  return fleet;
}

// One run of one policy.
class Run {
 public:
  Run(const CandidatePolicy& candidate, const scale::Samples& samples, const ReplayOptions& options, int machines,
      Observed observed)
      : candidate_(candidate),
        samples_(samples),
        options_(options),
        fleet_(fleet_of(candidate, options, machines), samples.ticks.front().at, region_of(candidate)),
        observed_(std::move(observed)),
        estimate_(options.slo) {
    if (options_.closed) {
      const Load& load = *options_.load;
      queue_.emplace(Arrivals(load.rates, load.even, load.seed), Duration(std::llround(1e9 / load.service_rate)),
                     options_.slo);
    }
    outline_.machines = machines;
  }

  // False as soon as the policy wants to run more machines than there are, where `stop_when_short`.
  bool run(bool stop_when_short, const TickObserver& observer) {
    move_workers();
    for (std::size_t row = 0; row < samples_.ticks.size(); ++row) {
      const WallTime at = samples_.ticks[row].at;
      advance(at - samples_.ticks.front().at);
      const double depth = queue_ ? static_cast<double>(queue_->depth()) : recorded_depth(row);
      scale::Decision decision =
          scale::decide(candidate_.policy, observed_.row(row, depth), fleet_.fleet(), memory_, at);
      if (observer) observer(row, decision);
      if (is_short(decision)) {
        if (stop_when_short) return false;
        ++outline_.short_ticks;
      }
      note(decision, depth);
      carry_out(decision);
    }
    advance(samples_.ticks.back().at - samples_.ticks.front().at + last_step());
    return true;
  }

  Outline finish() {
    outline_.name = candidate_.name;
    outline_.closed = options_.closed;
    outline_.hours = seconds(samples_.ticks.back().at - samples_.ticks.front().at + last_step()) / 3600;
    outline_.machine_hours = seconds(fleet_.running_time()) / 3600;
    outline_.cost = outline_.machine_hours * options_.price;
    outline_.peak = fleet_.peak();
    if (queue_) {
      outline_.waiting = queue_->count_waiting();
      const Waits& waits = queue_->waits();
      outline_.slo = waits.late_share();
      outline_.wait_p50 = waits.quantile(0.5);
      outline_.wait_p95 = waits.quantile(0.95);
      outline_.wait_max = waits.max();
      outline_.queue_max = static_cast<double>(queue_->deepest());
      outline_.jobs = queue_->arrived();
      outline_.completed = queue_->completed();
      outline_.requeued = queue_->requeued();
    } else if (knows_speed()) {
      outline_.slo = estimate_.late_share();
    }
    return std::move(outline_);
  }

 private:
  bool knows_speed() const { return options_.load && options_.load->service_rate > 0; }
  Duration last_step() const { return usual_step(samples_); }

  // Fleet and queue go on to `time` together.
  void advance(Duration time) {
    fleet_.advance(time);
    move_workers();
    if (queue_) queue_->advance(time);
  }

  void move_workers() {
    if (queue_) {
      for (const FleetModel::Shift& shift : fleet_.shifts()) {
        queue_->advance(shift.at);
        shift.works ? queue_->add_worker(shift.machine) : queue_->remove_worker(shift.machine);
      }
    }
    fleet_.clear_shifts();
  }

  double recorded_depth(std::size_t row) {
    if (!options_.load) return kNone;
    if (!depth_column_) {
      const auto found = std::ranges::find(samples_.metrics, options_.load->queue_metric);
      depth_column_ = static_cast<std::size_t>(found - samples_.metrics.begin());
    }
    return *depth_column_ < samples_.metrics.size() ? samples_.row(row)[*depth_column_] : kNone;
  }

  bool is_short(const scale::Decision& decision) const {
    if (!decision.targets || creates(candidate_.policy)) return false;
    const scale::Bounds& started = decision.targets->started;
    if (!started.min) return false;
    const int wanted = started.max ? std::min(*started.min, *started.max) : *started.min;
    return wanted > std::ssize(fleet_.fleet().machines);
  }

  void note(const scale::Decision& decision, double depth) {
    outline_.blind_ticks += decision.targets ? 0 : 1;
    if (!queue_ && knows_speed() && !std::isnan(depth)) {
      const double rate = decision.current.started * options_.load->service_rate;
      constexpr double kForever = 1e9;
      const double wait = depth <= 0 ? 0 : rate > 0 ? std::min(depth / rate, kForever) : kForever;
      estimate_.add(Duration(std::llround(wait * 1e9)));
    }
    if (!options_.trace) return;
    outline_.trace.running.push_back(static_cast<float>(fleet_.running()));
    outline_.trace.depth.push_back(static_cast<float>(depth));
  }

  void carry_out(scale::Decision& decision) {
    static const std::vector<scale::Outcome> nothing;
    const std::vector<scale::Outcome>* outcomes = &nothing;
    if (decision.acts()) {
      outcomes = &fleet_.act(decision.plan);
      ++outline_.events;
      outline_.moves += static_cast<int>(outcomes->size());
      move_workers();
    }
    memory_ =
        scale::remember(std::move(decision.memory), decision.plan, *outcomes, candidate_.regions.size(), decision.at);
  }

  const CandidatePolicy& candidate_;
  const scale::Samples& samples_;
  const ReplayOptions& options_;
  FleetModel fleet_;
  Observed observed_;
  std::optional<QueueModel> queue_;
  std::optional<std::size_t> depth_column_;
  Waits estimate_;
  scale::Memory memory_;
  Outline outline_;
};

std::string fed_metric(const ReplayOptions& options) {
  return options.closed ? options.load->queue_metric : std::string();
}

}  // namespace

Result<Outline> replay(const CandidatePolicy& candidate, const scale::Samples& samples, const ReplayOptions& options,
                       const TickObserver& observer) {
  if (samples.ticks.empty()) return fail(ErrorKind::kInvalid, "the recording has no row in that time");
  const bool may_grow = options.fleet_may_grow && candidate.fixed < 0 && !creates(candidate.policy);
  constexpr int kFirstGuess = 16;
  int machines = candidate.fixed >= 0 ? candidate.fixed : options.fleet.machines;
  if (may_grow) machines = std::max(machines, kFirstGuess);
  for (;;) {
    Result<Observed> observed = Observed::make(candidate.policy, samples, fed_metric(options));
    if (!observed) return std::unexpected(std::move(observed.error()));
    Run run(candidate, samples, options, machines, std::move(*observed));
    const bool is_last_try = !may_grow || machines >= kMostMachines;
    if (run.run(!is_last_try, observer)) return run.finish();
    machines = std::min(machines * 2, kMostMachines);
  }
}

Result<void> replay_as_recorded(const CandidatePolicy& candidate, const scale::Samples& samples,
                                const TickObserver& observer) {
  Result<Observed> observed = Observed::make(candidate.policy, samples, {});
  if (!observed) return std::unexpected(std::move(observed.error()));
  RecordedFleet fleet(region_of(candidate));
  scale::Memory memory;
  for (std::size_t row = 0; row < samples.ticks.size(); ++row) {
    const scale::Tick& tick = samples.ticks[row];
    const scale::Tick* next = row + 1 < samples.ticks.size() ? &tick + 1 : nullptr;
    scale::Decision decision =
        scale::decide(candidate.policy, observed->row(row, kNone), fleet.at(tick, next), memory, tick.at);
    observer(row, decision);
    std::span<const scale::Outcome> outcomes;
    if (decision.acts()) outcomes = fleet.act(decision.plan, tick.at);
    memory = scale::remember(std::move(decision.memory), decision.plan, outcomes, candidate.regions.size(), tick.at);
  }
  return {};
}

}  // namespace fas::backtest
