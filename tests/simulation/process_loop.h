// The event loop of one simulated process, and its clock. What waits for the outside world is parked here, so that the
// process can be ended between any two of its steps, as kill -9 would, without running another line of it.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "tests/simulation/timeline.h"

namespace fas::simulation {

class ProcessLoop {
 public:
  using Ticket = std::uint64_t;

  ProcessLoop() = default;
  ProcessLoop(const ProcessLoop&) = delete;
  ProcessLoop& operator=(const ProcessLoop&) = delete;
  ~ProcessLoop() { end(); }

  boost::asio::io_context& context() { return context_; }

  Ticket new_ticket() { return next_++; }
  // Suspends the caller until wake(ticket). Of the result, an error means that the caller has been cancelled.
  auto park(Ticket ticket) {
    return boost::asio::async_initiate<const Token, void(boost::system::error_code)>(
        [this, ticket](auto handler) {
          auto slot = boost::asio::get_associated_cancellation_slot(handler);
          if (slot.is_connected()) {
            slot.assign([this, ticket](boost::asio::cancellation_type) {
              complete(ticket, boost::asio::error::operation_aborted);
            });
          }
          parked_.emplace(ticket, std::move(handler));
        },
        kToken);
  }
  void wake(Ticket ticket) { complete(ticket, {}); }

  // Runs what can run without time passing; returns how many steps that were.
  std::size_t run() {
    context_.restart();
    return context_.poll();
  }
  // One step only; false when there is none.
  bool run_one() {
    context_.restart();
    return context_.poll_one() > 0;
  }

  // Destroys every coroutine where it stands.
  void end() {
    const auto parked = std::exchange(parked_, {});
    context_.end();
  }

 private:
  using Token = boost::asio::as_tuple_t<boost::asio::use_awaitable_t<>>;
  using Handler = std::move_only_function<void(boost::system::error_code)>;
  static constexpr Token kToken{boost::asio::use_awaitable};

  class Context : public boost::asio::io_context {
   public:
    Context() : io_context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE) {}
    void end() { shutdown(); }
  };

  void complete(Ticket ticket, boost::system::error_code error) {
    const auto found = parked_.find(ticket);
    if (found == parked_.end()) return;
    auto handler = std::move(found->second);
    parked_.erase(found);
    boost::asio::post(context_, [handler = std::move(handler), error]() mutable { handler(error); });
  }

  Context context_;
  Ticket next_ = 1;
  std::unordered_map<Ticket, Handler> parked_;
};

// How far a process's calendar is off; its monotonic clock is not.
struct WallOffset {
  Duration by{0};
};

class ProcessClock final : public Clock {
 public:
  // `epoch` is the wall time at the run's begin.
  ProcessClock(Timeline& timeline, ProcessLoop& loop, WallTime epoch, const WallOffset& offset)
      : timeline_(timeline), loop_(loop), epoch_(epoch), offset_(offset) {}

  TimePoint now() const override { return TimePoint{kUptime + timeline_.now()}; }
  WallTime wall_now() const override {
    return epoch_ + std::chrono::duration_cast<WallTime::duration>(timeline_.now() + offset_.by);
  }
  // On the timeline.
  static Duration time_of(TimePoint point) { return point.time_since_epoch() - kUptime; }

  boost::asio::awaitable<void> sleep_until(TimePoint when) override;

 private:
  // Of the machine at the run's begin: a monotonic clock does not start at zero.
  static constexpr Duration kUptime = std::chrono::hours(1);

  Timeline& timeline_;
  ProcessLoop& loop_;
  WallTime epoch_;
  const WallOffset& offset_;
};

}  // namespace fas::simulation
