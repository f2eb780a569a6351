#include "control/guarded_machines.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace fas::control {
namespace {

// What a call has to have left of its time. One that is given up sooner may still be on its way, and arrive when its
// app has been handed over.
constexpr std::chrono::milliseconds kLeast{500};

class GuardedMachines final : public fly::MachinesApi {
 public:
  GuardedMachines(std::unique_ptr<fly::MachinesApi> api, Clock& clock, SafeUntil safe_until)
      : api_(std::move(api)), clock_(clock), safe_until_(std::move(safe_until)) {}

  Reply<fly::MachineList> list(std::string app, Deadline deadline) override {
    return api_->list(std::move(app), deadline);
  }
  Reply<fly::Machine> get(std::string app, std::string id, Deadline deadline) override {
    return api_->get(std::move(app), std::move(id), deadline);
  }
  Reply<void> wait(std::string app, std::string id, std::string instance_id, MachineState state,
                   Deadline deadline) override {
    return api_->wait(std::move(app), std::move(id), std::move(instance_id), state, deadline);
  }

  Reply<fly::Machine> create(std::string app, std::string body, Deadline deadline) override {
    if (!fits(app, deadline)) return refused<fly::Machine>(std::move(app));
    return api_->create(std::move(app), std::move(body), deadline);
  }
  Reply<void> start(std::string app, std::string id, fly::LeaseNonce nonce, Deadline deadline) override {
    if (!fits(app, deadline)) return refused<void>(std::move(app));
    return api_->start(std::move(app), std::move(id), std::move(nonce), deadline);
  }
  Reply<void> stop(std::string app, std::string id, fly::LeaseNonce nonce, Deadline deadline) override {
    if (!fits(app, deadline)) return refused<void>(std::move(app));
    return api_->stop(std::move(app), std::move(id), std::move(nonce), deadline);
  }
  Reply<void> suspend(std::string app, std::string id, fly::LeaseNonce nonce, Deadline deadline) override {
    if (!fits(app, deadline)) return refused<void>(std::move(app));
    return api_->suspend(std::move(app), std::move(id), std::move(nonce), deadline);
  }
  Reply<void> destroy(std::string app, std::string id, bool force, fly::LeaseNonce nonce, Deadline deadline) override {
    if (!fits(app, deadline)) return refused<void>(std::move(app));
    return api_->destroy(std::move(app), std::move(id), force, std::move(nonce), deadline);
  }
  Reply<void> cordon(std::string app, std::string id, fly::LeaseNonce nonce, Deadline deadline) override {
    if (!fits(app, deadline)) return refused<void>(std::move(app));
    return api_->cordon(std::move(app), std::move(id), std::move(nonce), deadline);
  }
  Reply<void> uncordon(std::string app, std::string id, fly::LeaseNonce nonce, Deadline deadline) override {
    if (!fits(app, deadline)) return refused<void>(std::move(app));
    return api_->uncordon(std::move(app), std::move(id), std::move(nonce), deadline);
  }
  Reply<fly::Lease> acquire_lease(std::string app, std::string id, std::chrono::seconds ttl,
                                  Deadline deadline) override {
    if (!fits(app, deadline)) return refused<fly::Lease>(std::move(app));
    return api_->acquire_lease(std::move(app), std::move(id), ttl, deadline);
  }
  Reply<void> release_lease(std::string app, std::string id, fly::LeaseNonce nonce, Deadline deadline) override {
    if (!fits(app, deadline)) return refused<void>(std::move(app));
    return api_->release_lease(std::move(app), std::move(id), std::move(nonce), deadline);
  }

 private:
  // Brings the deadline forward to what is safe.
  bool fits(const std::string& app, Deadline& deadline) const {
    deadline = std::min(deadline, safe_until_(app));
    return clock_.now() + kLeast <= deadline;
  }
  template <class T>
  static Reply<T> refused(std::string app) {
    co_return fail(ErrorKind::kUnavailable,
                   fmt::format("app {}: nothing was sent, as too little time is left in which it is surely ours", app));
  }

  std::unique_ptr<fly::MachinesApi> api_;
  Clock& clock_;
  SafeUntil safe_until_;
};

}  // namespace

std::unique_ptr<fly::MachinesApi> guarded(std::unique_ptr<fly::MachinesApi> api, Clock& clock, SafeUntil safe_until) {
  return std::make_unique<GuardedMachines>(std::move(api), clock, std::move(safe_until));
}

}  // namespace fas::control
