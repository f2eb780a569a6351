#include "control/discovery.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstddef>
#include <string>
#include <utility>

#include "base/text.h"
#include "control/log.h"

namespace fas::control {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)

namespace {

// The apps that policies name outright, each once.
std::vector<std::string> named_apps(const config::Config& config) {
  std::vector<std::string> names;
  for (const config::AppConfig& policy : config.policies()) {
    const bool is_new = std::ranges::find(names, policy.app_name) == names.end();
    if (!policy.wildcard() && is_new) names.push_back(policy.app_name);
  }
  return names;
}

bool wanted(const config::Config& config, const std::string& app) {
  return std::ranges::any_of(config.policies(), [&](const config::AppConfig& policy) {
    return policy.wildcard() && matches_wildcard(policy.app_name, app);
  });
}

}  // namespace

asio::awaitable<void> Discovery::run() {
  for (;;) {
    changed_.clear();
    const std::shared_ptr<Setup> setup = scheduler_.setup();
    if (!setup->config.any_wildcard()) {
      found_(named_apps(setup->config));
      ready_ = true;
      co_await changed_.wait();
      continue;
    }
    const bool read = co_await read_list();
    ready_ = ready_ || read;
    // A list that could not be read is worth a sooner try: until then a new app is not looked after.
    const config::Config& config = setup->config;
    const Duration pause =
        read ? config.app_list_refresh_interval : std::min(config.app_list_refresh_interval, config.interval);
    co_await (clock_.sleep_until(clock_.now() + pause) || changed_.wait());
  }
}

asio::awaitable<bool> Discovery::read_list() {
  const std::shared_ptr<Setup> setup = scheduler_.setup();
  const config::Config& config = setup->config;
  const Deadline deadline = clock_.now() + config.timeout;
  std::vector<std::string> names = named_apps(config);
  if (!ready_ && !names.empty()) found_(names);  // these need no list
  Result<std::vector<fly::App>> apps = co_await setup->platform->apps(config.org, deadline);
  if (!apps) {
    log_error("cannot list the organization's apps", {{"org", config.org}, {"err", apps.error().message}});
    co_return false;
  }
  const std::size_t named = names.size();
  for (fly::App& app : *apps) {
    const bool is_new = std::ranges::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(named),
                                          app.name) == names.begin() + static_cast<std::ptrdiff_t>(named);
    if (is_new && wanted(config, app.name)) names.push_back(std::move(app.name));
  }
  if (names.size() == named) log_warn("no app matches", {{"org", config.org}, {"app-name", config.app_name}});
  found_(names);
  co_return true;
}

}  // namespace fas::control
