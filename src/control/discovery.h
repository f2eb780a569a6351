// Which apps the configuration's app-name stands for: itself, or every app of the organisation that a wildcard matches,
// read again every app-list-refresh-interval.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "control/scheduler.h"
#include "net/event.h"

namespace fas::control {

class Discovery {
 public:
  using Found = std::function<void(const std::vector<std::string>& apps)>;

  // `found` is told of all apps, each time they have been looked up.
  Discovery(const boost::asio::any_io_executor& executor, Clock& clock, Scheduler& scheduler, Found found)
      : clock_(clock), scheduler_(scheduler), found_(std::move(found)), changed_(executor) {}

  // Looks the apps up until the coroutine is cancelled. While the list cannot be read the apps known so far stay.
  boost::asio::awaitable<void> run();

  // Reads the list again now: the configuration has changed.
  void refresh() { changed_.notify(); }

  // Has the list been read at least once?
  bool ready() const { return ready_; }

 private:
  boost::asio::awaitable<bool> read_list();

  Clock& clock_;
  Scheduler& scheduler_;  // of the configuration in force
  Found found_;
  net::Event changed_;
  bool ready_ = false;
};

}  // namespace fas::control
