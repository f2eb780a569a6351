#include "backtest/queue_model.h"

#include <algorithm>
#include <utility>

namespace fas::backtest {

QueueModel::QueueModel(Arrivals arrivals, Duration service, Duration slo)
    : arrivals_(std::move(arrivals)), service_(service), waits_(slo) {}

void QueueModel::advance(Duration time) {
  while (arrivals_.next() && *arrivals_.next() <= time) {
    const Duration at = *arrivals_.next();
    arrivals_.pop();
    finish_until(at);
    now_ = at;
    ++arrived_;
    queue_.push_back({.arrived = at});
    note_depth();
    assign();
  }
  finish_until(time);
  now_ = std::max(now_, time);
}

void QueueModel::finish_until(Duration time) {
  while (!ends_.empty() && ends_.top().at <= time) {
    const End end = ends_.top();
    ends_.pop();
    Seat& seat = seats_[end.worker];
    if (seat.state != Seat::State::kBusy || seat.run != end.run) continue;
    now_ = end.at;
    ++completed_;
    seat.state = Seat::State::kIdle;
    idle_.push(end.worker);
    assign();
  }
}

void QueueModel::assign() {
  while (!queue_.empty() && !idle_.empty()) {
    const Worker worker = idle_.top();
    idle_.pop();
    Seat& seat = seats_[worker];
    if (seat.state != Seat::State::kIdle) continue;
    seat.job = queue_.front();
    queue_.pop_front();
    if (!seat.job.begun) waits_.add(now_ - seat.job.arrived);
    seat.job.begun = true;
    seat.state = Seat::State::kBusy;
    ++seat.run;
    ends_.push({.at = now_ + service_, .worker = worker, .run = seat.run});
  }
}

void QueueModel::add_worker(Worker worker) {
  if (worker >= seats_.size()) seats_.resize(worker + 1);
  seats_[worker].state = Seat::State::kIdle;
  idle_.push(worker);
  assign();
}

void QueueModel::remove_worker(Worker worker) {
  if (worker >= seats_.size()) return;
  Seat& seat = seats_[worker];
  const bool was_busy = seat.state == Seat::State::kBusy;
  seat.state = Seat::State::kGone;
  if (!was_busy) return;
  queue_.push_front(seat.job);
  ++requeued_;
  note_depth();
  assign();
}

std::uint64_t QueueModel::count_waiting() {
  std::uint64_t count = 0;
  for (Job& job : queue_) {
    if (job.begun) continue;
    waits_.add(now_ - job.arrived);
    job.begun = true;
    ++count;
  }
  return count;
}

}  // namespace fas::backtest
