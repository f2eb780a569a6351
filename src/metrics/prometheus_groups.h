// One question for all apps: `group-by` of the source `prometheus`. The reply's series are handed out by the value of a
// label, which is the app's name.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "metrics/reading.h"
#include "net/event.h"

namespace fas::metrics {

// How long a reply is used where the collector has no `cache`.
inline constexpr Duration kGroupFreshness = std::chrono::seconds(5);

// The series of one reply by the label's value; a value that no series has is not there.
using Groups = std::map<std::string, Reading, std::less<>>;

// Series without the label are left out. kInvalid when there are series and none has it. The reading's warnings go to
// every group.
Result<Groups> group_by(Reading reading, const std::string& label);

// The last reply, and the one call that is under way. On one loop's thread.
class SharedGroups {
 public:
  // What to ask when there is no fresh reply. Outlives its calls.
  class Fetch {
   public:
    Fetch() = default;
    Fetch(const Fetch&) = delete;
    Fetch& operator=(const Fetch&) = delete;
    virtual ~Fetch() = default;
    virtual boost::asio::awaitable<Result<Groups>> fetch(Deadline deadline) = 0;
  };

  // A reply is used for `freshness` from when it was asked for. `clock` and the executor's loop outlive this.
  SharedGroups(boost::asio::any_io_executor executor, Clock& clock, Duration freshness);

  // A fresh reply; asks only when nobody is asking. An error goes to everyone who waited for it and is never kept. A
  // call that ended by its own asker's deadline or cancellation is made anew for those who have time left.
  // No reply counts as fresh that was asked for before `fresh_from`.
  boost::asio::awaitable<Result<std::shared_ptr<const Groups>>> get(Fetch* fetch, Deadline deadline,
                                                                    TimePoint fresh_from = {});

 private:
  using Answer = Result<std::shared_ptr<const Groups>>;
  struct Call {
    Call(const boost::asio::any_io_executor& executor, TimePoint now) : done(executor), begun(now) {}
    net::Event done;
    TimePoint begun;
    std::optional<Answer> answer;  // none: who asked was cancelled
  };
  class Asking;

  boost::asio::any_io_executor executor_;
  Clock& clock_;
  Duration freshness_;
  std::shared_ptr<const Groups> kept_;
  TimePoint asked_;  // when it was asked for
  std::shared_ptr<std::shared_ptr<Call>> under_way_ = std::make_shared<std::shared_ptr<Call>>();
};

}  // namespace fas::metrics
