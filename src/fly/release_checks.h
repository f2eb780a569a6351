// Release checks of many apps in few calls: while enough of them are under way, who else asks waits, and those who wait
// are asked for together.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/event.h"

namespace fas::fly {

// On one loop's thread; outlives its calls. An answer is given to those who asked before its call began, and never
// kept: "no release" of some seconds ago says nothing about now.
class ReleaseChecks {
 public:
  // An answer for each of the apps, in their order; errors begin with "app NAME: current release: ".
  using Answers = std::vector<Result<bool>>;
  using Ask = std::function<boost::asio::awaitable<Answers>(std::vector<std::string> apps, Deadline deadline)>;

  static constexpr std::size_t kSideBySide = 4;  // calls; with fewer under way a check goes at once, by itself
  static constexpr std::size_t kTogether = 50;   // apps in one call

  ReleaseChecks(Clock& clock, Ask ask) : clock_(clock), ask_(std::move(ask)) {}
  ReleaseChecks(const ReleaseChecks&) = delete;
  ReleaseChecks& operator=(const ReleaseChecks&) = delete;

  // kTimeout when the deadline comes before the answer. Who is cancelled or out of time while asking for others leaves
  // them to the next.
  boost::asio::awaitable<Result<bool>> in_progress(std::string app, Deadline deadline);

 private:
  struct Question;
  class Place;
  class Call;

  void wake_next();

  Clock& clock_;
  Ask ask_;
  std::deque<std::shared_ptr<Question>> waiting_;
  std::size_t under_way_ = 0;
};

}  // namespace fas::fly
