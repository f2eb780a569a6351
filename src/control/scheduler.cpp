#include "control/scheduler.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <exception>
#include <functional>
#include <utility>

#include "control/log.h"

namespace fas::control {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)

TimePoint next_due(TimePoint begin, TimePoint origin, Duration phase, Duration interval) {
  const TimePoint earliest = begin + interval / 2;
  const TimePoint first = origin + phase;
  if (first >= earliest) return first;
  const auto slots = (earliest - first + interval - Duration{1}) / interval;
  return first + slots * interval;
}

Scheduler::Scheduler(const asio::any_io_executor& executor, Clock& clock, Telemetry& telemetry, History& history,
                     std::shared_ptr<Setup> setup)
    : executor_(executor),
      clock_(clock),
      telemetry_(telemetry),
      setup_(std::move(setup)),
      reconciler_(clock, telemetry, history, draining_),
      wake_(executor),
      origin_(clock.now()) {
  telemetry_.interval_is(setup_->config.interval);
}

int ticks_at_once(const config::Config& config) {
  return 1 + (config.concurrency - 1) / config.threads;  // rounded up
}

void Scheduler::add(const std::string& name, std::shared_ptr<const Tenure> tenure) {
  std::shared_ptr<Entry>& entry = entries_[name];
  if (entry && !entry->gone) return;
  if (entry) {  // it is back before its last tick has ended
    entry->gone = false;
    entry->ended = {};
    entry->tenure = std::move(tenure);
    entry->hurry = true;
    return apps_changed(1);
  }
  entry = std::make_shared<Entry>();
  entry->state.name = name;
  entry->tenure = std::move(tenure);
  entry->due = clock_.now();
  if (observer_ != nullptr) observer_->known(name);
  // A lone app ticks at the multiples of the interval since the start, as the Go program does.
  if (setup_->config.any_wildcard() || setup_->config.policies().size() > 1) {
    const auto nanoseconds = static_cast<std::size_t>(setup_->config.interval.count());
    entry->phase = Duration{static_cast<Duration::rep>(std::hash<std::string>{}(name) % nanoseconds)};
  }
  queue_.push({entry->due, entry});
  apps_changed(1);
}

void Scheduler::remove(const std::string& name, std::function<void()> ended) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    if (ended) ended();
    return;
  }
  const std::shared_ptr<Entry> entry = found->second;
  const bool was_there = !std::exchange(entry->gone, true);  // its place in the queue is dropped when it comes up
  entry->ended = std::move(ended);
  if (!entry->running) forget(*entry);
  if (was_there) apps_changed(-1);
}

void Scheduler::cancel(const std::string& name) {
  const auto found = entries_.find(name);
  if (found != entries_.end() && found->second->running) {
    found->second->cancel.emit(asio::cancellation_type::terminal);
  }
}

void Scheduler::apps_changed(int more) {
  app_count_ += static_cast<std::size_t>(more);
  telemetry_.apps_known(more);
  wake_.notify();
}

TimePoint Scheduler::safe_until(std::string_view name) const {
  const auto found = entries_.find(name);  // one that is gone may still have its last tick
  return found == entries_.end() || !found->second->tenure ? TimePoint{} : found->second->tenure->safe_until();
}

void Scheduler::replace(std::shared_ptr<Setup> setup) {
  setup_ = std::move(setup);
  telemetry_.interval_is(setup_->config.interval);
  wake_.notify();
}

void Scheduler::forget(const Entry& entry) {
  const std::shared_ptr<Entry> last = std::move(entries_.extract(entry.state.name).mapped());
  telemetry_.forget(last->state.name);
  if (observer_ != nullptr) observer_->forget(last->state.name);
  if (last->ended) std::exchange(last->ended, {})();
}

std::shared_ptr<Scheduler::Entry> Scheduler::find(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() || found->second->gone ? nullptr : found->second;
}

void Scheduler::show_on(AppObserver& observer) {
  observer_ = &observer;
  reconciler_.show_on(&observer);
}

bool Scheduler::tick_now(std::string_view name) {
  const std::shared_ptr<Entry> entry = find(name);
  if (entry == nullptr) return false;
  if (entry->running) {
    entry->hurry = true;
    return true;
  }
  tick_by(entry, clock_.now());
  return true;
}

void Scheduler::tick_by(const std::shared_ptr<Entry>& entry, TimePoint due) {
  if (due >= entry->due) return;
  entry->due = due;
  queue_.push({due, entry});
  wake_.notify();
}

WakeResult Scheduler::wake(std::string_view name, std::string_view source) {
  WakeResult result = WakeResult::kUnknown;
  if (const std::shared_ptr<Entry> entry = find(name)) {
    const TimePoint now = clock_.now();
    entry->state.fresh_from = now;
    const auto due = entry->wakes.news(now, setup_->config.wake_interval);
    result = due ? WakeResult::kWoken : WakeResult::kCoalesced;
    if (due && !entry->running) tick_by(entry, *due);  // else end_tick() sees to it
  }
  telemetry_.woken(source, to_string(result));
  return result;
}

bool Scheduler::set_hand(std::string_view name, std::optional<scale::Hand> hand) {
  const std::shared_ptr<Entry> entry = find(name);
  if (entry == nullptr) return false;
  reconciler_.set_hand(entry->state, std::move(hand));
  return tick_now(name);
}

asio::awaitable<Result<scale::Decision>> Scheduler::look(std::string name, Deadline deadline) {
  const std::shared_ptr<Entry> entry = find(name);
  if (entry == nullptr) co_return fail(ErrorKind::kNotFound, "there is no app " + name);
  reconciler_.restore(entry->state);
  AppState state = entry->state;  // a look leaves no trace
  Result<scale::Decision> decision = co_await reconciler_.look(setup_, state, deadline);
  co_return decision;
}

void Scheduler::stop() {
  draining_ = true;
  wake_.notify();
}

asio::awaitable<void> Scheduler::run(Duration grace) {
  while (!draining_) {
    wake_.clear();
    dispatch();
    co_await wait_for_work();
  }
  co_await wait_until_idle(clock_.now() + grace);
  for (const auto& [name, entry] : entries_) {
    if (entry->running) entry->cancel.emit(asio::cancellation_type::terminal);
  }
  co_await wait_until_idle(TimePoint::max());
}

// The place of the tick that is due first, null when there is none. A place that tick_now() has made an earlier one of
// is dropped, like that of an app that is gone.
const Scheduler::Due* Scheduler::first_due() {
  while (!queue_.empty()) {
    const Due& due = queue_.top();
    if (!due.entry->gone && !due.entry->running && due.at == due.entry->due) return &due;
    queue_.pop();
  }
  return nullptr;
}

Duration Scheduler::behind() {
  const Due* first = first_due();
  return first == nullptr ? Duration{0} : std::max(Duration{0}, clock_.now() - first->at);
}

void Scheduler::dispatch() {
  const config::Config& config = setup_->config;
  lag_.see(behind(), {.apps = app_count_, .concurrency = config.concurrency, .interval = config.interval},
           clock_.now());
  while (!is_full()) {
    const Due* first = first_due();
    if (first == nullptr || first->at > clock_.now()) return;
    const std::shared_ptr<Entry> entry = first->entry;
    queue_.pop();
    begin_tick(entry);
  }
}

asio::awaitable<void> Scheduler::wait_for_work() {
  const Due* first = first_due();
  if (first == nullptr) {
    waits_until_ = TimePoint::max();
    co_await wake_.wait();
    co_return;
  }
  waits_until_ = is_full() ? lag_.next_look(first->at, setup_->config.interval) : first->at;
  co_await (clock_.sleep_until(waits_until_) || wake_.wait());
}

asio::awaitable<void> Scheduler::wait_until_idle(Deadline deadline) {
  while (running_ > 0 && clock_.now() < deadline) {
    wake_.clear();
    if (deadline == TimePoint::max()) {
      co_await wake_.wait();
    } else {
      co_await (clock_.sleep_until(deadline) || wake_.wait());
    }
  }
}

void Scheduler::begin_tick(std::shared_ptr<Entry> entry) {
  ++running_;
  entry->running = true;
  entry->wakes.tick_begins();
  const TimePoint begin = clock_.now();
  const Duration interval = setup_->config.interval;
  const TimePoint next = next_due(begin, origin_, entry->phase, interval);
  if (const auto slots = (next - entry->due) / interval; slots > 1) telemetry_.tick_missed(static_cast<int>(slots - 1));
  entry->due = next;
  auto done = [this, entry](const std::exception_ptr& error) {
    if (error && !draining_ && !entry->gone) log_error("tick ended by an exception", {{"app", entry->state.name}});
    end_tick(*entry);
  };
  asio::co_spawn(executor_, run_tick(entry), asio::bind_cancellation_slot(entry->cancel.slot(), std::move(done)));
}

asio::awaitable<void> Scheduler::run_tick(std::shared_ptr<Entry> entry) {
  co_await reconciler_.tick(setup_, entry->state);
}

// Nearly every tick ends while run() waits for a sooner one than its app's next, and need not wake it.
void Scheduler::end_tick(Entry& entry) {
  const bool was_full = is_full();
  --running_;
  entry.running = false;
  if (entry.gone) {
    forget(entry);
  } else {
    if (std::exchange(entry.hurry, false)) entry.due = clock_.now();
    if (const auto due = entry.wakes.due()) entry.due = std::min(entry.due, *due);
    queue_.push({entry.due, entries_.find(entry.state.name)->second});
  }
  if (draining_ || was_full || entry.due < waits_until_) wake_.notify();
}

}  // namespace fas::control
