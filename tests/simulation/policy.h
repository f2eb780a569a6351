// What a scenario tells the autoscaler to do: written out as its YAML, and worked out a second time here, independently
// of src/, for the referee.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"
#include "sim/random.h"

namespace fas::simulation {

// One end of a count: `base + ceil(depth / per)`, or `base` alone where `per` is 0; kept within [least, most].
struct End {
  int base = 0;
  int per = 0;
  int least = 0;
  int most = 100;

  int of(double depth) const;
  std::string expression() const;
};

struct Pair {
  End min, max;
};

// The two ends of a count at one moment. Where they cross, the maximum wins.
struct Range {
  int min = 0;
  int max = 0;
};

// What the policy asks for at one moment; nullopt: it says nothing of that count.
struct Goal {
  std::optional<Range> created, started;
};

struct Step {
  bool percent = false;
  int value = 1;
  Duration period = std::chrono::seconds(60);
};

enum class Select { kMax, kMin, kDisabled };

// The rules for one direction.
struct Direction {
  Duration window{0};
  std::vector<Step> steps;
  Select select = Select::kMax;
  Duration cooldown{0};
};

struct Policy {
  Duration interval = std::chrono::seconds(15);
  Duration timeout = std::chrono::seconds(30);
  std::vector<std::string> regions;
  bool launch = true;  // initial-machine-state: started
  std::optional<Pair> created, started;

  Direction up, down;
  double tolerance = 0;
  int budget = 0;          // max-actions-per-tick; 0: no limit
  int fallback_after = 0;  // ticks without a metric; 0: hold for ever
  Goal fallback;
  bool suspend = false;                           // stop-method
  bool busy = false;                              // a busy metric tells which machines are at work
  Duration busy_timeout{0};                       // 0: never is a busy one stopped
  std::optional<int> floor_started, cap_started;  // limits

  bool needs_metric() const;
  Goal goal(double depth) const;
  // No more changes in a row than this are needed to get from anywhere to anywhere.
  int longest_way() const;
  std::string yaml() const;
};

Policy random_policy(sim::Random random);

}  // namespace fas::simulation
