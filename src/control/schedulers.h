// All apps, whichever event loop looks after them: one scheduler to those who have to do with it. An app is always the
// same loop's, by its name.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "control/history.h"
#include "control/scheduler.h"
#include "control/tenure.h"
#include "control/wake.h"
#include "control/worker.h"

namespace fas::control {

// How the loops are.
struct Pulse {
  Duration behind{0};  // as Scheduler::behind(), of the loop that is furthest
  bool falling_behind = false;
  int silent = 0;  // loops that did not answer within a second
};

// On the first loop's thread.
class Schedulers {
 public:
  // The first loop's scheduler, and what it remembers of apps; both outlive it.
  Schedulers(boost::asio::any_io_executor executor, Clock& clock, Scheduler& here, History& history);

  // Another loop; before run().
  void add(std::unique_ptr<Worker> worker) { workers_.push_back(std::move(worker)); }

  // Runs all until stop(), as Scheduler::run() does.
  boost::asio::awaitable<void> run(Duration grace);
  void stop();

  // The configuration in force.
  const std::shared_ptr<Setup>& setup() const { return here_.setup(); }
  // Goes on with another, of which `setup` is the first loop's. Errors: a loop's that could not make it its own; then
  // the one before stays, everywhere.
  boost::asio::awaitable<Result<void>> replace(std::shared_ptr<Setup> setup);

  // The apps to look after from now on; the others' ticks end with the one under way.
  void set_apps(const std::vector<std::string>& names);
  const std::set<std::string, std::less<>>& apps() const { return names_; }
  // Another number whenever apps() or setup() may be others than before.
  std::uint64_t generation() const { return generation_; }

  // For one app, as the scheduler's functions of these names.
  void add(const std::string& name, std::shared_ptr<const Tenure> tenure = {});
  void remove(const std::string& name, std::function<void()> ended = {});
  void cancel(const std::string& name);
  bool tick_now(std::string_view name);
  void wake(std::string_view name, std::string_view source);
  // kTimeout: its loop does not answer.
  boost::asio::awaitable<Result<WakeResult>> try_wake(std::string name, std::string source);
  boost::asio::awaitable<Result<bool>> set_hand(std::string name, std::optional<scale::Hand> hand);
  boost::asio::awaitable<Result<scale::Decision>> look(std::string name, Deadline deadline);

  boost::asio::awaitable<Pulse> pulse();

 private:
  Worker* worker_of(std::string_view name) const;  // null: the first loop
  void on(Worker* worker, std::function<void(Scheduler&)> what);
  template <class T>
  boost::asio::awaitable<Result<T>> ask(Worker* worker, Deadline deadline,
                                        std::function<boost::asio::awaitable<Result<T>>(Scheduler&)> what);

  boost::asio::any_io_executor executor_;
  Clock& clock_;
  Scheduler& here_;
  History& history_;
  std::set<std::string, std::less<>> names_;
  // Of apps that are gone, at other loops: which removal, and who is to be told.
  std::map<std::string, std::pair<std::uint64_t, std::function<void()>>> ending_;
  std::uint64_t removals_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;  // last: their threads end first
};

}  // namespace fas::control
