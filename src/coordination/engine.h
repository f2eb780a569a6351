// What several autoscalers agree through: members under leases, who owns which app, and the memory that goes with an
// app from owner to owner. Behind it is an engine that people already run: etcd or Postgres.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"

namespace fas::coordination {

// A lease that the engine has granted; never used again once it has ended. Opaque.
using Lease = std::string;

struct Member {
  std::string name;     // unique among the living ones of a group
  std::string address;  // where the others reach its API: "http://10.0.0.5:9090"; empty: nowhere
  Lease lease;
  bool operator==(const Member&) const = default;
};

// All that is agreed at one moment; a later view never shows an older state.
struct View {
  std::vector<Member> members;                       // the living ones, by name
  std::map<std::string, Lease, std::less<>> owners;  // by app; under living leases only
};

// What was taken: the app's memory, and the number of this taking, which no other taking of the app has. It tells a
// late call of an earlier ownership from one of the present.
struct Holding {
  std::string memory;  // what the owners remembered of the app, opaque; empty: nothing
  std::int64_t number = 0;
  bool operator==(const Holding&) const = default;
};
using Holdings = std::map<std::string, Holding, std::less<>>;  // by app

// Every call is one round trip or a bounded number of them, ends at its deadline, and can be cancelled. Errors:
//   kNotFound        the lease has ended, for good; nothing was changed by a call that names it
//   kUnauthorized    the engine refuses our credentials
//   kInvalid         the engine is not what the configuration says, or too old
//   kTimeout, kUnavailable, kUnknownOutcome   not reached, or no answer: the call may have had its effect, and may
//   still
//                    have it later. All calls may be repeated: the second finds done what the first has done.
// Used on one loop's thread. Messages name server and remedy, and no credential.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  // A new lease, and the member's record under it. The lease ends `ttl` after the engine last heard of it, by the
  // engine's clock, and what stands under it is gone in the same moment. kConflict: a living member has the name (it
  // may be this one's earlier life, whose lease has not ended yet). `member.lease` is ignored.
  virtual boost::asio::awaitable<Result<Lease>> join(Member member, Duration ttl, Deadline deadline) = 0;

  // The lease lives for its whole ttl again, counted from a moment within the call.
  virtual boost::asio::awaitable<Result<void>> renew(Lease lease, Deadline deadline) = 0;

  // Ends the lease. Well when it has ended already.
  virtual boost::asio::awaitable<Result<void>> leave(Lease lease, Deadline deadline) = 0;

  virtual boost::asio::awaitable<Result<View>> view(Deadline deadline) = 0;

  // Takes those of the apps that no living lease owns; each is had by one lease at most, whatever happens at the same
  // time. The answer has those that are the lease's now, those that were before among them (with the number of that
  // earlier taking).
  virtual boost::asio::awaitable<Result<Holdings>> claim(Lease lease, std::vector<std::string> apps,
                                                         Deadline deadline) = 0;

  // Keeps the memories of apps, each if the lease owns the app by that very taking; an empty memory is forgotten. The
  // answer has the apps of which that is not so.
  virtual boost::asio::awaitable<Result<std::vector<std::string>>> save(Lease lease, Holdings holdings,
                                                                        Deadline deadline) = 0;

  // As save(), and gives the apps up in the same step. Apps that the lease does not own by that taking are left alone.
  virtual boost::asio::awaitable<Result<void>> release(Lease lease, Holdings holdings, Deadline deadline) = 0;

  // Returns when members or owners may have changed since the call of view() before, at the latest at `until`. An
  // engine that tells nobody of changes looks itself, about once a second.
  virtual boost::asio::awaitable<void> changed(TimePoint until) = 0;
};

}  // namespace fas::coordination
