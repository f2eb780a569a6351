// Time as the program sees it. Product code never asks the system for the time: it asks a Clock, so that the
// simulation can run the same code on a virtual one.
#pragma once

#include <chrono>

namespace fas {

using TimePoint = std::chrono::steady_clock::time_point;  // monotonic: deadlines, intervals, rate limits
using WallTime = std::chrono::system_clock::time_point;   // what a calendar and a log show
using Deadline = TimePoint;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual TimePoint now() const = 0;
  virtual WallTime wall_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall_now() const override { return std::chrono::system_clock::now(); }
};

}  // namespace fas
