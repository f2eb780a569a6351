// One at a time: coroutines on one loop's thread that share something only one of them can use.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "net/event.h"

namespace fas::net {

// Outlives whoever waits in it or has a turn.
class Turns {
 public:
  Turns(boost::asio::io_context& loop, Clock& clock) : loop_(loop), clock_(clock) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // Ends with its scope.
  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(&turns) { turns.taken_ = true; }
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ == nullptr) return;
      turns_->taken_ = false;
      turns_->wake_next();
    }

   private:
    Turns* turns_;
  };

  // nullopt when the deadline comes first. Cancelling ends it as it ends every wait, by an exception.
  boost::asio::awaitable<std::optional<Turn>> take(Deadline deadline) {
    using namespace boost::asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
    while (taken_) {
      if (clock_.now() >= deadline) co_return std::nullopt;
      const Place place(*this);
      co_await (place.event->wait() || clock_.sleep_until(deadline));
    }
    co_return std::optional<Turn>(std::in_place, *this);
  }

 private:
  // A place in the queue, given up however its coroutine ends; a wake-up that it did not use goes on to the next.
  struct Place {
    explicit Place(Turns& all) : turns(all), event(std::make_shared<Event>(all.loop_.get_executor())) {
      turns.queue_.push_back(event);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      std::erase(turns.queue_, event);
      if (!turns.taken_) turns.wake_next();
    }
    Turns& turns;
    std::shared_ptr<Event> event;
  };

  void wake_next() {
    if (!queue_.empty()) queue_.front()->notify();
  }

  boost::asio::io_context& loop_;
  Clock& clock_;
  std::deque<std::shared_ptr<Event>> queue_;
  bool taken_ = false;
};

}  // namespace fas::net
