#include "control/machine_actions.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "control/log.h"

namespace fas::control {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

// Longer than the calls of one action take, short enough that a machine is not left to nobody for long when the process
// dies under them.
constexpr seconds kLeaseTime{30};
// How long a tick waits for a machine to stop. What takes longer is looked at again by the next tick.
constexpr seconds kStopWait{5};

ActionResult failed(Error error, MachineState may_become) { return {.becomes = may_become, .error = std::move(error)}; }

// One action on one machine under its lease.
class Leased {
 public:
  Leased(const MachineCalls& calls, std::string app, scale::Candidate machine, Deadline deadline)
      : calls_(calls), app_(std::move(app)), machine_(std::move(machine)), deadline_(deadline) {}

  asio::awaitable<ActionResult> stop() {
    Result<void> held = co_await acquire();
    if (!held) co_return failed(std::move(held.error()), MachineState::kUnknown);
    ActionResult result = co_await stop_held();
    if (!result.error && cordoned_) {
      // Let the requests under way end before the proxy may choose the machine again, which wakes it.
      co_await wait_stopped();
      co_await uncordon();
    }
    co_await release();
    result.cordoned = cordoned_;
    co_return result;
  }

  asio::awaitable<ActionResult> destroy() {
    Result<void> held = co_await acquire();
    if (!held) co_return failed(std::move(held.error()), MachineState::kUnknown);
    if (machine_.state == MachineState::kStarted) {
      ActionResult result = co_await stop_held();
      bool over = false;
      if (!result.error) over = co_await wait_stopped();
      if (!over) {
        co_await release();
        result.cordoned = cordoned_;
        co_return result;
      }
    }
    std::string id = machine_.id;
    std::string nonce = nonce_;
    Result<void> destroyed =
        co_await calls_.api.destroy(app_, std::move(id), /*force=*/false, std::move(nonce), deadline_);
    if (!destroyed) {
      co_await release();
      ActionResult result = failed(std::move(destroyed.error()), MachineState::kDestroying);
      result.cordoned = cordoned_;
      co_return result;
    }
    co_return ActionResult{.becomes = MachineState::kDestroying};  // the lease goes with the machine
  }

 private:
  asio::awaitable<Result<void>> acquire() {
    std::string id = machine_.id;
    Result<fly::Lease> lease = co_await calls_.api.acquire_lease(app_, std::move(id), kLeaseTime, deadline_);
    if (!lease) {
      Error error = std::move(lease.error());
      // Whether there is a lease now is not known, but nothing has been done to the machine.
      const bool unknown = error.kind == ErrorKind::kUnknownOutcome || error.kind == ErrorKind::kMalformed;
      if (unknown) error.kind = ErrorKind::kUnavailable;
      co_return std::unexpected(std::move(error));
    }
    nonce_ = std::move(lease->nonce);
    co_return Result<void>{};
  }

  asio::awaitable<void> release() {
    std::string id = machine_.id;
    std::string nonce = nonce_;
    Result<void> released = co_await calls_.api.release_lease(app_, std::move(id), std::move(nonce), deadline_);
    if (!released && released.error().kind != ErrorKind::kNotFound) {
      log_warn("cannot release a lease; it ends by itself",
               {{"app", app_}, {"id", machine_.id}, {"err", released.error().message}});
    }
  }

  asio::awaitable<ActionResult> stop_held() {
    if (machine_.has_services && calls_.options.cordon) co_await cordon();
    std::string id = machine_.id;
    std::string nonce = nonce_;
    if (calls_.options.stop_method == StopMethod::kSuspend) {
      Result<void> suspended = co_await calls_.api.suspend(app_, std::move(id), std::move(nonce), deadline_);
      if (suspended) co_return ActionResult{.becomes = MachineState::kSuspending};
      if (suspended.error().kind != ErrorKind::kInvalid) {
        co_return failed(std::move(suspended.error()), MachineState::kSuspending);
      }
      log_warn("a machine cannot be suspended and is stopped instead",
               {{"app", app_}, {"id", machine_.id}, {"err", suspended.error().message}});
      id = machine_.id;
      nonce = nonce_;
    }
    Result<void> stopped = co_await calls_.api.stop(app_, std::move(id), std::move(nonce), deadline_);
    if (stopped) co_return ActionResult{.becomes = MachineState::kStopping};
    if (cordoned_) co_await uncordon();
    co_return failed(std::move(stopped.error()), MachineState::kStopping);
  }

  asio::awaitable<void> cordon() {
    std::string id = machine_.id;
    std::string nonce = nonce_;
    Result<void> done = co_await calls_.api.cordon(app_, std::move(id), std::move(nonce), deadline_);
    cordoned_ = true;  // it may have happened even if no good reply came
    if (!done) {
      log_warn("cannot cordon a machine before it is stopped",
               {{"app", app_}, {"id", machine_.id}, {"err", done.error().message}});
    }
  }

  asio::awaitable<void> uncordon() {
    std::string id = machine_.id;
    std::string nonce = nonce_;
    Result<void> done = co_await calls_.api.uncordon(app_, std::move(id), std::move(nonce), deadline_);
    if (done) {
      cordoned_ = false;
    } else {
      log_warn("cannot uncordon a machine; it is tried again when it runs",
               {{"app", app_}, {"id", machine_.id}, {"err", done.error().message}});
    }
  }

  asio::awaitable<bool> wait_stopped() {
    const bool suspends = calls_.options.stop_method == StopMethod::kSuspend;
    const Deadline until = std::min(deadline_, calls_.clock.now() + kStopWait);
    std::string id = machine_.id;
    std::string any_instance;
    Result<void> stopped =
        co_await calls_.api.wait(app_, std::move(id), std::move(any_instance),
                                 suspends ? MachineState::kSuspended : MachineState::kStopped, until);
    co_return stopped.has_value();
  }

  const MachineCalls& calls_;
  std::string app_;
  scale::Candidate machine_;
  Deadline deadline_;
  std::string nonce_;
  bool cordoned_ = false;  // as far as one knows
};

}  // namespace

asio::awaitable<ActionResult> start_machine(const MachineCalls& calls, std::string app, scale::Candidate machine,
                                            Deadline deadline) {
  std::string id = machine.id;
  fly::LeaseNonce no_lease;
  Result<void> started = co_await calls.api.start(app, std::move(id), std::move(no_lease), deadline);
  if (!started) co_return failed(std::move(started.error()), MachineState::kStarting);
  ActionResult result{.becomes = MachineState::kStarting};
  if (machine.has_services && calls.options.cordon) {
    id = machine.id;
    fly::LeaseNonce none;
    Result<void> done = co_await calls.api.uncordon(app, std::move(id), std::move(none), deadline);
    if (!done) {
      result.cordoned = true;
      log_warn("cannot uncordon a machine that was started; it is tried again",
               {{"app", app}, {"id", machine.id}, {"err", done.error().message}});
    }
  }
  co_return result;
}

asio::awaitable<ActionResult> stop_machine(const MachineCalls& calls, std::string app, scale::Candidate machine,
                                           Deadline deadline) {
  Leased leased(calls, std::move(app), std::move(machine), deadline);
  ActionResult result = co_await leased.stop();
  co_return result;
}

asio::awaitable<ActionResult> destroy_machine(const MachineCalls& calls, std::string app, scale::Candidate machine,
                                              Deadline deadline) {
  Leased leased(calls, std::move(app), std::move(machine), deadline);
  ActionResult result = co_await leased.destroy();
  co_return result;
}

}  // namespace fas::control
