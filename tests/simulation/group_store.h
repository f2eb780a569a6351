// What several simulated autoscalers agree through: a store with leases whose calls may be slow, lost on either way, or
// carried out long after whoever made them has given up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "coordination/engine.h"
#include "sim/random.h"
#include "tests/simulation/process_loop.h"
#include "tests/simulation/timeline.h"

namespace fas::simulation {

// The store itself: every operation happens in one moment.
class Store {
 public:
  // Its clock runs as much faster or slower than that of the processes.
  Store(Timeline& timeline, double clock_rate) : timeline_(timeline), clock_rate_(clock_rate) {}

  Result<coordination::Lease> join(int process, const coordination::Member& member, Duration ttl);
  Result<void> renew(const coordination::Lease& lease);
  Result<void> leave(const coordination::Lease& lease);
  Result<coordination::View> view();
  Result<coordination::Holdings> claim(const coordination::Lease& lease, const std::vector<std::string>& apps);
  Result<std::vector<std::string>> save(const coordination::Lease& lease, const coordination::Holdings& holdings);
  Result<void> release(const coordination::Lease& lease, const coordination::Holdings& holdings);

  // The process that owns the app at this moment; 0: nobody.
  int owner(const std::string& app);
  std::size_t owned();

  // Called with every change of members or owners, until its token has gone.
  void watch(std::weak_ptr<std::function<void()>> watcher) { watchers_.push_back(std::move(watcher)); }

 private:
  struct Living {
    int process = 0;
    coordination::Member member;
    Duration ttl{0}, until{0};
  };
  struct App {
    coordination::Lease lease;  // empty: nobody's
    std::int64_t number = 0;
    std::string memory;
  };

  void end_leases();
  void end(const coordination::Lease& lease);
  void changed();
  bool lives(const coordination::Lease& lease) const { return living_.contains(lease); }

  Timeline& timeline_;
  double clock_rate_;
  std::uint64_t last_lease_ = 0;
  std::int64_t last_number_ = 0;
  std::map<coordination::Lease, Living> living_;
  std::map<std::string, App, std::less<>> apps_;
  std::vector<std::weak_ptr<std::function<void()>>> watchers_;
};

// How the ways to the store are at present.
struct StoreNetwork {
  std::set<std::string> cut;                      // members whose calls do not pass
  bool down = false;                              // nobody's do
  double lost = 0;                                // the chance that a call is lost, and again that its answer is
  Duration slow = std::chrono::milliseconds(20);  // the longest that a call is on its way, and its answer
};

// A process's way to it.
std::unique_ptr<coordination::Engine> make_sim_engine(int process, std::string member, Store& store,
                                                      const StoreNetwork& network, Timeline& timeline,
                                                      ProcessLoop& loop, ProcessClock& clock, sim::Random& random);

}  // namespace fas::simulation
