// Which apps a job of GitHub Actions is news for: those whose policy has a collector `github` that could count it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control/schedulers.h"
#include "control/telemetry.h"
#include "metrics/github_webhook.h"

namespace fas::control {

// On the loop's thread. Apps and repositories are looked up, not searched for: the index is made anew when the
// apps or the setup have changed.
class GithubWakes {
 public:
  // Both outlive it.
  GithubWakes(Schedulers& schedulers, Telemetry& telemetry) : schedulers_(schedulers), telemetry_(telemetry) {}

  // Wakes them; returns how many there are.
  std::size_t wake(const metrics::GithubJobEvent& event);

 private:
  struct Listener {
    std::string app;
    std::set<std::string> labels;  // of its runners
  };
  // By "owner/name", or by "owner" where the collector counts all of the owner's repositories; in lower case.
  using Index = std::map<std::string, std::vector<Listener>, std::less<>>;

  void refresh();
  void find(std::string_view key, const metrics::GithubJob& job, std::set<std::string_view>& apps) const;

  Schedulers& schedulers_;
  Telemetry& telemetry_;
  Index index_;
  std::optional<std::uint64_t> generation_;  // of the apps, when the index was made
};

}  // namespace fas::control
