#include "metrics/prometheus_groups.h"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

namespace fas::metrics {

namespace asio = boost::asio;

Result<Groups> group_by(Reading reading, const std::string& label) {
  Groups groups;
  for (ReadPoint& read : reading.points) {
    const auto found = read.point.labels.find(label);
    if (found == read.point.labels.end()) continue;
    const std::string app = found->second;
    groups[app].points.push_back(std::move(read));
  }
  if (groups.empty() && !reading.points.empty()) {
    return fail(
        ErrorKind::kInvalid,
        fmt::format("no series has the label {0} of group-by; keep it in the query: sum by ({0}) (...)", label));
  }
  for (auto& [app, group] : groups) group.warnings = reading.warnings;
  return groups;
}

// Ends with its scope, however its coroutine ends, and wakes who waits.
class SharedGroups::Asking {
 public:
  Asking(std::shared_ptr<std::shared_ptr<Call>> place, std::shared_ptr<Call> call)
      : place_(std::move(place)), call_(std::move(call)) {
    *place_ = call_;
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() {
    if (*place_ == call_) place_->reset();
    call_->done.notify();
  }
  void answer(const Answer& answer) { call_->answer = answer; }

 private:
  std::shared_ptr<std::shared_ptr<Call>> place_;
  std::shared_ptr<Call> call_;
};

SharedGroups::SharedGroups(asio::any_io_executor executor, Clock& clock, Duration freshness)
    : executor_(std::move(executor)), clock_(clock), freshness_(freshness) {}

asio::awaitable<Result<std::shared_ptr<const Groups>>> SharedGroups::get(Fetch* fetch, Deadline deadline,
                                                                         TimePoint fresh_from) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  for (;;) {
    if (kept_ != nullptr && clock_.now() < asked_ + freshness_ && asked_ >= fresh_from) co_return kept_;
    const std::shared_ptr<Call> call = *under_way_;
    if (call == nullptr || call->begun < fresh_from) break;
    co_await (call->done.wait() || clock_.sleep_until(deadline));
    if (clock_.now() >= deadline && !call->answer) {
      co_return fail(ErrorKind::kTimeout, "the question for all apps that is under way was not answered in time");
    }
    // Who asked may have had less time than there is here.
    const bool gave_up = !call->answer || (!*call->answer && call->answer->error().kind == ErrorKind::kTimeout);
    if (!gave_up || clock_.now() >= deadline) co_return *call->answer;
  }
  const TimePoint asked = clock_.now();
  Asking asking(under_way_, std::make_shared<Call>(executor_, asked));
  Result<Groups> groups = co_await fetch->fetch(deadline);
  Answer answer = fail(ErrorKind::kUnavailable, "");
  if (groups) {
    auto fresh = std::make_shared<const Groups>(std::move(*groups));
    answer = fresh;
    if (kept_ == nullptr || asked >= asked_) {  // a later question may have been answered before
      kept_ = std::move(fresh);
      asked_ = asked;
    }
  } else {
    answer = std::unexpected(std::move(groups.error()));
  }
  asking.answer(answer);
  co_return answer;
}

}  // namespace fas::metrics
