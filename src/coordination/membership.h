// This process as a member of a group of autoscalers that share apps: keeps a lease, takes the apps that fall to it,
// gives up those that fall to another, and says until when an action on an app of its own is surely alone.
//
// The rule that all else serves: an app is acted on only by who owns it under a living lease. A member cannot see its
// lease end; it knows only that it is alive until `ttl` after it last began to renew it with success, by its own steady
// clock, less a margin for clocks that run at different speeds. At that moment, unless it has renewed by then, it lets
// go of everything, and no call of its may still be under way.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "control/tenure.h"
#include "coordination/engine.h"
#include "net/event.h"

namespace fas::coordination {

// What a member does with apps: the schedulers' side.
class Apps {
 public:
  Apps() = default;
  Apps(const Apps&) = delete;
  Apps& operator=(const Apps&) = delete;
  virtual ~Apps() = default;

  // The app is ours for as long as the tenure says: its first tick is due at once.
  virtual void take(const std::string& app, std::shared_ptr<const control::Tenure> tenure) = 0;

  // No new tick of the app begins; `ended` is called, once, when none is under way any more: within this call or later
  // from the loop.
  virtual void give_up(const std::string& app, std::function<void()> ended) = 0;

  // Cancels the tick under way of an app that is being given up.
  virtual void cancel(const std::string& app) = 0;
};

struct MembershipOptions {
  Member self;  // without a lease
  Duration ttl = std::chrono::seconds(20);
};

// How much sooner than by the plain reckoning a lease counts as ended.
Duration margin_of(Duration ttl);

// On one loop's thread.
class Membership {
 public:
  // All outlive the membership.
  Membership(const boost::asio::any_io_executor& executor, Clock& clock, Engine& engine, Apps& apps,
             MembershipOptions options);

  // Where the others reach this one's API; before run().
  void reached_at(std::string address) { options_.self.address = std::move(address); }

  // Until it is cancelled.
  boost::asio::awaitable<void> run();

  // After run(), and when no tick is under way any more: hands everything over and ends the lease, so that others go on
  // at once. What is not done by the deadline is so when the lease ends by itself.
  boost::asio::awaitable<void> leave(Deadline deadline);

  // All the apps that there are for the group, as this member knows them.
  void set_apps(const std::vector<std::string>& names);

  // Of an app of ours: what is kept of it, for its next owner.
  std::string memory(const std::string& app) const;
  void remember(const std::string& app, std::string memory);
  // Has everything remembered of our apps by now reached the engine, at the latest by the deadline?
  boost::asio::awaitable<bool> flushed(Deadline deadline);

  // For people.
  const View& view() const { return view_; }  // as last read
  std::string trouble() const;                // empty: all is well
  bool is_member() const { return !lease_.empty() && certain(); }
  std::size_t owned() const { return held_.size(); }
  const Member& self() const { return options_.self; }

 private:
  enum class Hold {
    kOurs,
    kEnding,     // to be released after the tick under way
    kCancelled,  // no longer surely ours; its tick is being cancelled
  };
  struct Held {
    Lease lease;
    std::int64_t number = 0;
    std::string memory;
    std::shared_ptr<control::Tenure> tenure;
    Hold hold = Hold::kOurs;
  };

  boost::asio::awaitable<void> keep_lease();
  boost::asio::awaitable<void> hold_lease();
  boost::asio::awaitable<void> watch_certainty();
  boost::asio::awaitable<void> keep_in_step();
  boost::asio::awaitable<void> settle(View view);
  boost::asio::awaitable<void> take(std::vector<std::string> apps);
  boost::asio::awaitable<void> keep_memories();
  boost::asio::awaitable<Result<void>> save_changed();
  boost::asio::awaitable<Result<void>> release_given_up();

  TimePoint safe_until() const { return term_->until(); }  // of the lease
  bool certain() const { return clock_.now() < safe_until(); }
  bool wanted(const std::string& app) const;
  void granted(TimePoint asked);
  void let_go(const std::string& app, Hold how);
  void let_go_of_all(std::string_view why);
  void ended(const std::string& app);
  void note(std::string_view what, const Result<void>& result);

  Clock& clock_;
  Engine& engine_;
  Apps& apps_;
  MembershipOptions options_;
  net::Event granted_, out_of_step_, to_write_, written_;

  Lease lease_;                                                                        // empty: none
  std::shared_ptr<control::LeaseTerm> term_ = std::make_shared<control::LeaseTerm>();  // of the lease
  std::set<std::string, std::less<>> names_;
  View view_;
  std::map<std::string, Held, std::less<>> held_;
  Holdings to_release_;                    // given up, and not known to be released
  std::set<std::string> changed_;          // held ones whose memory has yet to be saved
  std::uint64_t changes_ = 0, saved_ = 0;  // counts of remember(): all, and those that are saved or of no more use
  std::map<std::string, std::string, std::less<>> troubles_;  // what fails, and why
};

}  // namespace fas::coordination
