#include "tests/integration/harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "control/log.h"
#include "sim/machine_config.h"
#include "tests/config/support.h"
#include "tests/support/run.h"

namespace fas::test {

Harness::Harness() {
  control::set_log_sink(
      [](std::string_view line, void* context) {
        auto* self = static_cast<Harness*>(context);
        const std::lock_guard lock(self->mutex_);
        self->lines_.emplace_back(line);
      },
      this);
}

Harness::~Harness() {
  if (daemon_) {
    daemon_->stop();
    EXPECT_TRUE(run_until([this] { return ended_; })) << log();
  }
  control::set_log_sink(nullptr, nullptr);
}

sim::Options Harness::quick(int machines, MachineState state) {
  sim::Options options;
  options.world.create_time = sim::Spread(std::chrono::milliseconds(10));
  options.world.boot_time = sim::Spread(std::chrono::milliseconds(20));
  options.world.stop_time = sim::Spread(std::chrono::milliseconds(20));
  options.world.destroy_time = sim::Spread(std::chrono::milliseconds(10));
  options.api.rate_limits = false;
  options.apps = {{.app = {.name = "worker", .org = "acme", .workload = {}},
                   .machines = machines,
                   .state = state,
                   .regions = {"iad"}}};
  return options;
}

void Harness::start_sim(sim::Options options) {
  auto server = sim::Server::start(loop, std::move(options));
  ASSERT_TRUE(server) << server.error().message;
  sim_ = std::move(*server);
}

void Harness::start_daemon(const std::string& yaml) {
  const config::test::Variables environment = {{"FLY_FLAPS_BASE_URL", sim_->url()},
                                               {"FLY_API_BASE_URL", sim_->url()},
                                               {"FAS_APP_NAME", "worker"},
                                               {"FAS_INTERVAL", "100ms"},
                                               {"FAS_TIMEOUT", "5s"},
                                               {"FAS_API_TOKEN", "fm2_test"},
                                               {"FAS_LISTEN", "127.0.0.1:0"},
                                               {"FAS_API_RATE_LIMITS", "false"}};
  auto load = [yaml, environment] { return config::test::load_yaml(yaml, environment, config::Purpose::kServe); };
  Result<config::Config> config = load();
  ASSERT_TRUE(config) << config.error().message;
  auto daemon = serve::Daemon::make(loop, clock, http, std::move(*config), load);
  ASSERT_TRUE(daemon) << daemon.error().message;
  daemon_ = std::move(*daemon);
  boost::asio::co_spawn(loop, daemon_->run(/*handle_signals=*/false), [this](const std::exception_ptr& error) {
    EXPECT_FALSE(error) << "the daemon ended by an exception";
    ended_ = true;
  });
}

bool Harness::run_until(const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  loop.restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    // In small steps: the simulated world moves on with the time, not only with what the loop has to do.
    loop.run_one_for(std::chrono::milliseconds(5));
  }
  return true;
}

int Harness::ticks() {
  const std::string page = daemon_->telemetry().exposition();
  int total = 0;
  for (const char* name : {"fas_ticks_total{result=\"ok\"} ", "fas_ticks_total{result=\"failed\"} "}) {
    const std::size_t at = page.find(name);
    if (at != std::string::npos) total += std::stoi(page.substr(at + std::string_view(name).size()));
  }
  return total;
}

void Harness::run_ticks(int count) {
  const int end = ticks() + count;
  ASSERT_TRUE(run_until([&] { return ticks() >= end; })) << log();
}

int Harness::count(MachineState state, std::string_view app_name) {
  const sim::App& found = app(app_name);
  return static_cast<int>(
      std::ranges::count_if(found.machines, [&](const auto& entry) { return entry.second.state == state; }));
}

int Harness::machines(std::string_view app_name) {
  const int destroyed = count(MachineState::kDestroyed, app_name);
  return static_cast<int>(app(app_name).machines.size()) - destroyed;
}

std::string Harness::add_machine(MachineState state, std::string_view group, std::string region,
                                 std::string_view app_name) {
  sim::MachineConfig config = sim::default_config(app_name);
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(config.json);
  json["metadata"]["fly_process_group"] = group;
  config.json = json.dump();
  sim::App& found = app(app_name);
  std::string name = "machine-" + std::to_string(found.next_index);
  return world().add_machine(found, std::move(name), std::move(region), std::move(config), state)->id;
}

std::vector<sim::LoggedRequest> Harness::requests(std::string_view action) {
  std::vector<sim::LoggedRequest> found;
  for (const sim::LoggedRequest& request : api().log().requests()) {
    if (request.action == action) found.push_back(request);
  }
  return found;
}

void Harness::reload() {
  bool done = false;
  boost::asio::co_spawn(loop, daemon_->reload(), [&](const std::exception_ptr& error) {
    EXPECT_FALSE(error);
    done = true;
  });
  ASSERT_TRUE(run_until([&] { return done; })) << log();
}

bool Harness::logged(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(lines_, [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

bool Harness::logged_error(std::initializer_list<std::string_view> texts) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(lines_, [&](const std::string& line) {
    const auto holds = [&](std::string_view text) { return line.find(text) != std::string::npos; };
    return holds("\"level\":\"ERROR\"") && std::ranges::all_of(texts, holds);
  });
}

std::string Harness::log() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  return text;
}

net::HttpResponse Harness::ask(const std::string& method, const std::string& path, std::vector<net::Header> headers,
                               std::string body) {
  net::HttpRequest request;
  request.method = method;
  request.url = "http://127.0.0.1:" + std::to_string(daemon_->port()) + path;
  request.headers = std::move(headers);
  request.body = std::move(body);
  std::optional<Result<net::HttpResponse>> reply;
  boost::asio::co_spawn(
      loop, http.send(std::move(request), clock.now() + std::chrono::seconds(10)),
      [&](const std::exception_ptr&, Result<net::HttpResponse> result) { reply = std::move(result); });
  run_until([&] { return reply.has_value(); });
  return reply && *reply ? std::move(**reply) : net::HttpResponse{};
}

std::string Harness::page(const std::string& path) {
  const net::HttpResponse reply = ask("GET", path);
  return reply.status == 0 ? "no reply" : std::to_string(reply.status) + " " + reply.body;
}

}  // namespace fas::test
