// The last requests that the simulated APIs got, for tests to look at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "base/duration.h"

namespace fas::sim {

struct LoggedRequest {
  std::uint64_t number = 0;  // from 1, never used again
  Duration time{0};          // simulated, when it came in
  std::string method;
  std::string path;
  std::string query;
  std::string action;
  std::string tag;    // the header `x-sim-tag`, else the User-Agent's comment: the autoscaler's name
  std::string body;   // of creates only
  std::string fault;  // the one that struck, else empty
  int status = 0;     // 0: no reply was sent
};

class RequestLog {
 public:
  explicit RequestLog(std::size_t capacity = 10'000) : capacity_(capacity) {}

  std::uint64_t next_number() { return ++last_; }
  std::uint64_t numbered() const { return last_; }  // so many, those without a reply yet included
  void add(LoggedRequest request) {
    requests_.push_back(std::move(request));
    if (requests_.size() > capacity_) requests_.pop_front();
  }
  void clear() { requests_.clear(); }
  // In the order of their replies.
  const std::deque<LoggedRequest>& requests() const { return requests_; }

 private:
  std::size_t capacity_;
  std::uint64_t last_ = 0;
  std::deque<LoggedRequest> requests_;
};

}  // namespace fas::sim
