#include "cli/serve_command.h"

#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>
#include <ostream>
#include <utility>

#include "net/curl_transport.h"
#include "net/system_clock.h"
#include "serve/daemon.h"

namespace fas::cli {
namespace {

// The process holds tokens: a crash must not write them to a disk.
void forbid_core_files() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int run_serve(const std::string& config_path, const config::Environment& environment, std::ostream& err) {
  forbid_core_files();
  auto load = [config_path, environment] { return config::load(config_path, environment, config::Purpose::kServe); };
  Result<config::Config> config = load();
  if (!config) {
    err << "ERROR: " << config.error().message << '\n';
    return 1;
  }
  boost::asio::io_context loop(1);
  net::SystemClock clock(loop);
  net::CurlTransport http(loop, clock);
  auto daemon = serve::Daemon::make(loop, clock, http, std::move(*config), load);
  if (!daemon) {
    err << "ERROR: " << daemon.error().message << '\n';
    return 1;
  }
  std::exception_ptr failure;
  boost::asio::co_spawn(loop, (*daemon)->run(/*handle_signals=*/true), [&](std::exception_ptr error) {
    failure = std::move(error);
    loop.stop();
  });
  loop.run();
  if (failure) std::rethrow_exception(failure);
  return 0;
}

}  // namespace fas::cli
