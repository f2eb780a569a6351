// When which app has its tick. One tick of an app at a time; at most `concurrency` ticks of all apps at once; the app
// that is furthest behind goes first. Every app's first tick is due at once; later ones keep to the app's own place in
// the interval, so that thousands of apps do not tick at the same moment.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "control/board.h"
#include "control/lag.h"
#include "control/reconciler.h"
#include "control/setup.h"
#include "control/telemetry.h"
#include "control/tenure.h"
#include "control/wake.h"
#include "net/event.h"

namespace fas::control {

// When the tick after the one that began at `begin` is due: the first moment of `origin + phase + k * interval` that is
// at least half an interval later.
TimePoint next_due(TimePoint begin, TimePoint origin, Duration phase, Duration interval);

// How many ticks one of the loops may have under way.
int ticks_at_once(const config::Config& config);

// Of the apps of one loop, on its thread.
class Scheduler {
 public:
  Scheduler(const boost::asio::any_io_executor& executor, Clock& clock, Telemetry& telemetry, History& history,
            std::shared_ptr<Setup> setup);

  // Runs until stop(). Returns when every tick has ended: those under way get `grace` to finish, then are cancelled.
  boost::asio::awaitable<void> run(Duration grace);
  void stop();

  // Every tick that begins from now on uses the new setup; what is remembered of each app stays.
  void replace(std::shared_ptr<Setup> setup);

  // The app is looked after from now on: its first tick is due at once. Nothing for one that is so already. Where apps
  // are shared with other autoscalers, `tenure` says for how long it may be changed.
  void add(const std::string& name, std::shared_ptr<const Tenure> tenure = {});
  // `ended` is called, once, when no tick of the app is under way any more: within this call, or later from the loop.
  // Not called if the app is added again before.
  void remove(const std::string& name, std::function<void()> ended = {});
  // Cancels the app's tick, if one is under way.
  void cancel(const std::string& name);

  // By the tenure with which it was added; the past for an app that is not there.
  TimePoint safe_until(std::string_view name) const;

  // Tells of every app and tick there, too. The observer outlives the scheduler.
  void show_on(AppObserver& observer);

  // The app's tick begins at once, or as soon as the one under way has ended. False: there is no such app.
  bool tick_now(std::string_view name);

  // There are news of the app, by `source` (a label of fas_wakes_total): its tick begins at once, or at the end of
  // `wake-interval` since the last news. It asks the metric servers anew for what they were asked before the news.
  WakeResult wake(std::string_view name, std::string_view source);

  // What an operator wants of the app, from its next tick on, which begins at once. False: there is no such app.
  bool set_hand(std::string_view name, std::optional<scale::Hand> hand);

  // What a tick of the app would decide now. kNotFound: there is no such app.
  boost::asio::awaitable<Result<scale::Decision>> look(std::string name, Deadline deadline);

  std::size_t app_count() const { return app_count_; }

  // For how long the tick that is furthest behind has been due and not begun; 0 when none waits. A tick that is under
  // way for longer than the interval is not behind in this sense: only its own app's ticks are late.
  Duration behind();
  // Whether that lasts and is long enough to be worth a warning.
  bool falling_behind() const { return lag_.behind(); }
  const std::shared_ptr<Setup>& setup() const { return setup_; }

 private:
  struct Entry {
    AppState state;
    std::shared_ptr<const Tenure> tenure;
    Duration phase{0};
    TimePoint due;
    bool running = false;
    bool hurry = false;  // another tick is due as soon as this one has ended
    WakeGate wakes;
    bool gone = false;  // to be forgotten when its tick has ended
    std::function<void()> ended;
    boost::asio::cancellation_signal cancel;
  };
  struct Due {
    TimePoint at;
    std::shared_ptr<Entry> entry;
    bool operator<(const Due& other) const { return at > other.at; }  // std::priority_queue has its greatest on top
  };

  std::shared_ptr<Entry> find(std::string_view name) const;
  void forget(const Entry& entry);
  void apps_changed(int more);
  void tick_by(const std::shared_ptr<Entry>& entry, TimePoint due);
  void dispatch();
  const Due* first_due();
  bool is_full() const { return running_ >= ticks_at_once(setup_->config); }
  void begin_tick(std::shared_ptr<Entry> entry);
  void end_tick(Entry& entry);
  boost::asio::awaitable<void> run_tick(std::shared_ptr<Entry> entry);
  boost::asio::awaitable<void> wait_for_work();
  boost::asio::awaitable<void> wait_until_idle(Deadline deadline);

  boost::asio::any_io_executor executor_;
  Clock& clock_;
  Telemetry& telemetry_;
  std::shared_ptr<Setup> setup_;
  bool draining_ = false;
  Reconciler reconciler_;
  AppObserver* observer_ = nullptr;
  net::Event wake_;
  TimePoint waits_until_;  // when run() looks for work next, if nothing wakes it before
  TimePoint origin_;
  int running_ = 0;
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries_;  // those that are gone and still tick, too
  std::size_t app_count_ = 0;
  std::priority_queue<Due> queue_;
  Lag lag_;
};

}  // namespace fas::control
