#include "tests/simulation/timeline.h"

#include <algorithm>

namespace fas::simulation {
namespace {

struct Later {
  template <class Entry>
  bool operator()(const Entry& a, const Entry& b) const {
    return a.when != b.when ? a.when > b.when : a.order > b.order;
  }
};

}  // namespace

std::uint64_t Timeline::plan(Duration when, Callback callback) {
  std::uint32_t index = 0;
  if (free_.empty()) {
    index = static_cast<std::uint32_t>(places_.size());
    places_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Place& place = places_[index];
  place.callback = std::move(callback);
  place.planned = true;
  heap_.push_back({.when = std::max(when, now_), .order = next_order_++, .place = index});
  std::ranges::push_heap(heap_, Later{});
  return (static_cast<std::uint64_t>(place.generation) << 32U) | index;
}

void Timeline::call_off(std::uint64_t ticket) {
  Place& place = places_[static_cast<std::uint32_t>(ticket)];
  if (place.generation != static_cast<std::uint32_t>(ticket >> 32U)) return;
  place.callback = nullptr;
  place.planned = false;  // the heap's entry gives the place back when it comes up
}

Timeline::Callback Timeline::take(std::uint32_t index) {
  Place& place = places_[index];
  Callback callback = std::move(place.callback);
  place.callback = nullptr;
  place.planned = false;
  ++place.generation;
  free_.push_back(index);
  return callback;
}

void Timeline::drop_called_off() {
  while (!heap_.empty() && !places_[heap_.front().place].planned) {
    take(heap_.front().place);
    std::ranges::pop_heap(heap_, Later{});
    heap_.pop_back();
  }
}

std::optional<Duration> Timeline::next() {
  drop_called_off();
  if (heap_.empty()) return std::nullopt;
  return heap_.front().when;
}

void Timeline::step() {
  drop_called_off();
  const Entry entry = heap_.front();
  std::ranges::pop_heap(heap_, Later{});
  heap_.pop_back();
  now_ = entry.when;
  Callback callback = take(entry.place);
  callback();
}

}  // namespace fas::simulation
