#include "sim/workload.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fas::sim {

Workload::Workload(WorkloadOptions options, Random random)
    : options_(std::move(options)), random_(random), until_next_(draw_distance()) {}

void Workload::replace(WorkloadOptions options) {
  options_ = std::move(options);
  until_next_ = draw_distance();
}

double Workload::draw_distance() { return options_.even ? 1.0 : random_.exponential(); }

std::vector<Duration> Workload::arrivals(Duration from, Duration to) {
  std::vector<Duration> times;
  const double rate = options_.profile.rate_at(from);
  if (rate <= 0) return times;
  const double length = std::chrono::duration<double>(to - from).count();
  double position = until_next_ / rate;
  // What falls on the end, but for rounding, belongs to the next step.
  while (position < length - 1e-9) {
    times.push_back(from + Duration(std::llround(position * 1e9)));
    until_next_ = draw_distance();
    position += until_next_ / rate;
  }
  until_next_ = std::max(0.0, position - length) * rate;
  return times;
}

void Workload::arrive(Duration now) {
  ++totals_.arrivals;
  queue_.push_back({.arrived = now});
  totals_.peak_depth = std::max(totals_.peak_depth, queue_.size());
}

void Workload::remove_worker(Worker worker) {
  idle_.erase(worker);
  const auto found = busy_.find(worker);
  if (found == busy_.end()) return;
  queue_.push_front(found->second);
  busy_.erase(found);
  ++totals_.requeued;
  totals_.peak_depth = std::max(totals_.peak_depth, queue_.size());
}

void Workload::finish(Worker worker, std::uint64_t run) {
  const auto found = busy_.find(worker);
  if (found == busy_.end() || found->second.run != run) return;
  busy_.erase(found);
  idle_.insert(worker);
  ++totals_.completions;
}

std::vector<Workload::Begun> Workload::assign(Duration now) {
  std::vector<Begun> begun;
  if (options_.service_rate <= 0) return begun;
  const Duration service(std::llround(1e9 / options_.service_rate));
  while (!queue_.empty() && !idle_.empty()) {
    const Worker worker = *idle_.begin();
    Job job = queue_.front();
    idle_.erase(idle_.begin());
    queue_.pop_front();
    if (job.run == 0) count_wait(std::chrono::duration<double>(now - job.arrived).count());
    job.run = next_run_++;
    begun.push_back({.worker = worker, .run = job.run, .done = now + service});
    busy_.emplace(worker, job);
  }
  return begun;
}

void Workload::count_wait(double seconds) {
  ++totals_.begun;
  totals_.wait_sum += seconds;
  totals_.wait_max = std::max(totals_.wait_max, seconds);
  const auto bound = std::ranges::lower_bound(kWaitBounds, seconds);
  ++totals_.wait_buckets[static_cast<std::size_t>(bound - kWaitBounds.begin())];
}

}  // namespace fas::sim
