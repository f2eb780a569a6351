#include "control/github_wakes.h"

#include <utility>

#include "base/text.h"
#include "control/wake.h"
#include "metrics/github_scope.h"

namespace fas::control {
namespace {

constexpr std::string_view kSource = "github";

}  // namespace

std::size_t GithubWakes::wake(const metrics::GithubJobEvent& event) {
  if (generation_ != schedulers_.generation()) refresh();
  std::set<std::string_view> apps;
  find(event.repo, event.job, apps);
  find(std::string_view(event.repo).substr(0, event.repo.find('/')), event.job, apps);
  for (const std::string_view app : apps) schedulers_.wake(app, kSource);
  if (apps.empty()) telemetry_.woken(kSource, to_string(WakeResult::kUnknown));
  return apps.size();
}

void GithubWakes::find(std::string_view key, const metrics::GithubJob& job, std::set<std::string_view>& apps) const {
  const auto found = index_.find(key);
  if (found == index_.end()) return;
  for (const Listener& listener : found->second) {
    if (metrics::runner_takes(listener.labels, job)) apps.insert(listener.app);
  }
}

void GithubWakes::refresh() {
  generation_ = schedulers_.generation();
  index_.clear();
  const auto setup = schedulers_.setup();
  std::map<const config::Collector*, metrics::GithubScope> scopes;
  for (const std::string& app : schedulers_.apps()) {
    const AppSetup* policy = setup->find(app);
    if (policy == nullptr) continue;
    for (const config::Collector& collector : policy->config->collectors) {
      if (collector.type != "github") continue;
      const metrics::GithubScope& scope = scopes.try_emplace(&collector, collector.settings).first->second;
      std::vector<std::string> keys = scope.repos(app);
      if (keys.empty()) keys.push_back(scope.owner(app));
      for (const std::string& key : keys) {
        index_[to_lower_ascii(key)].push_back({.app = app, .labels = scope.labels(app)});
      }
    }
  }
}

}  // namespace fas::control
