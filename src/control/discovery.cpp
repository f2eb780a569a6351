#include "control/discovery.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <string>
#include <utility>

#include "base/text.h"
#include "control/log.h"

namespace fas::control {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)

asio::awaitable<void> Discovery::run() {
  for (;;) {
    changed_.clear();
    const std::shared_ptr<Setup> setup = scheduler_.setup();
    if (!setup->config.wildcard()) {
      scheduler_.set_apps({setup->config.app_name});
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
  Result<std::vector<fly::App>> apps = co_await setup->platform->apps(config.org, deadline);
  if (!apps) {
    log_error("cannot list the organization's apps", {{"org", config.org}, {"err", apps.error().message}});
    co_return false;
  }
  std::vector<std::string> names;
  for (fly::App& app : *apps) {
    if (matches_wildcard(config.app_name, app.name)) names.push_back(std::move(app.name));
  }
  if (names.empty()) log_warn("no app matches", {{"org", config.org}, {"app-name", config.app_name}});
  scheduler_.set_apps(names);
  co_return true;
}

}  // namespace fas::control
