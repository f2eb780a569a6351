// The right to change an app, shared with other autoscalers, for as long as it lasts. Given by whoever keeps the lease,
// and looked at by whoever is about to send a call, on any thread.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "base/clock.h"

namespace fas::control {

// Of one lease: until when it is certain to live. Once ended it stays so.
class LeaseTerm {
 public:
  TimePoint until() const { return until_.load(); }
  void extend(TimePoint until) { until_.store(until); }
  void end() { until_.store({}); }

 private:
  std::atomic<TimePoint> until_{TimePoint{}};
};

// Of one app under one lease.
class Tenure {
 public:
  explicit Tenure(std::shared_ptr<const LeaseTerm> term) : term_(std::move(term)) {}

  // Until when a call that changes something of the app may be under way; the past: none may.
  TimePoint safe_until() const { return revoked_.load() ? TimePoint{} : term_->until(); }

  void revoke() { revoked_.store(true); }

 private:
  std::shared_ptr<const LeaseTerm> term_;
  std::atomic<bool> revoked_{false};
};

}  // namespace fas::control
