// The one order of everything that happens in a simulated run. Time moves from one planned event to the next and takes
// nothing in between; of two events at the same moment the one planned first comes first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/duration.h"

namespace fas::simulation {

// Since the run's begin. Always on one thread; different runs on different threads share nothing.
class Timeline {
 public:
  using Callback = std::move_only_function<void()>;

  // An event that is called off when its owner goes away.
  class Alarm {
   public:
    Alarm() = default;
    Alarm(Timeline& timeline, std::uint64_t ticket) : timeline_(&timeline), ticket_(ticket) {}
    Alarm(Alarm&& other) noexcept : timeline_(std::exchange(other.timeline_, nullptr)), ticket_(other.ticket_) {}
    Alarm& operator=(Alarm&& other) noexcept {
      std::swap(timeline_, other.timeline_);
      std::swap(ticket_, other.ticket_);
      return *this;
    }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    ~Alarm() {
      if (timeline_ != nullptr) timeline_->call_off(ticket_);
    }

   private:
    Timeline* timeline_ = nullptr;
    std::uint64_t ticket_ = 0;
  };

  Timeline() = default;
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  Duration now() const { return now_; }

  // A time that is past means now.
  void at(Duration when, Callback callback) { plan(when, std::move(callback)); }
  [[nodiscard]] Alarm alarm(Duration when, Callback callback) { return {*this, plan(when, std::move(callback))}; }

  std::optional<Duration> next();
  // Moves to the next event and lets it happen. There is one.
  void step();
  // Moves on without an event; next() is not before `when`.
  void pass(Duration when) { now_ = when; }

 private:
  struct Entry {
    Duration when;
    std::uint64_t order;
    std::uint32_t place;
  };
  struct Place {
    Callback callback;
    std::uint32_t generation = 0;
    bool planned = false;
  };

  // A ticket names a place and the generation of its use, so that calling off an event that has happened does nothing.
  std::uint64_t plan(Duration when, Callback callback);
  void call_off(std::uint64_t ticket);
  Callback take(std::uint32_t place);
  void drop_called_off();

  Duration now_{0};
  std::uint64_t next_order_ = 0;
  std::vector<Entry> heap_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
};

}  // namespace fas::simulation
