// How many machine lists a second the simulator serves: within the process, and over loopback with keep-alive
// connections. `per_core` is what one core would serve: requests by the CPU time of the server's thread.
#include <benchmark/benchmark.h>
#include <pthread.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "sim/machine_config.h"
#include "sim/server.h"

namespace {

namespace asio = boost::asio;
using namespace fas::sim;

constexpr std::string_view kRequest =
    "GET /v1/apps/worker/machines HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n";

Options one_app(int machines) {
  Options options;
  options.api.rate_limits = false;
  options.apps.push_back({.app = {.name = "worker"}, .machines = machines, .regions = {}});
  return options;
}

double cpu_seconds(std::thread& thread) {
  clockid_t clock{};
  timespec time{};
  if (pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || clock_gettime(clock, &time) != 0) std::abort();
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// A keep-alive connection that asks again as soon as it has its reply.
class Client {
 public:
  Client(asio::io_context& loop, std::uint16_t port, std::size_t& replies) : socket_(loop), replies_(replies) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    socket_.set_option(asio::ip::tcp::no_delay(true));
  }
  void ask() {
    asio::write(socket_, asio::buffer(kRequest));
    received_ = expected_ = 0;
    read();
  }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_), [this](boost::system::error_code error, std::size_t size) {
      if (error) return;
      if (received_ == 0) expected_ = reply_size({buffer_.data(), size});
      received_ += size;
      if (received_ < expected_) return read();
      ++replies_;
      ask();
    });
  }
  static std::size_t reply_size(std::string_view head) {
    const std::size_t length = head.find("Content-Length: ");
    const std::size_t end = head.find("\r\n\r\n");
    if (!head.starts_with("HTTP/1.1 200") || length == head.npos || end == head.npos) std::abort();
    return end + 4 + std::strtoull(head.data() + length + 16, nullptr, 10);
  }

  asio::ip::tcp::socket socket_;
  std::size_t& replies_;
  std::size_t received_ = 0;
  std::size_t expected_ = 0;
  std::array<char, 64 * 1024> buffer_{};
};

void list_over_loopback(benchmark::State& state) {
  asio::io_context loop(1);
  auto server = Server::start(loop, one_app(static_cast<int>(state.range(0))));
  if (!server) return state.SkipWithError(server.error().message.c_str());
  std::thread thread([&] { loop.run(); });
  asio::io_context client_loop(1);
  std::size_t replies = 0;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 16; ++i) {
    clients.push_back(std::make_unique<Client>(client_loop, (*server)->port(), replies));
    clients.back()->ask();
  }
  constexpr std::size_t kBatch = 1000;
  const double before = cpu_seconds(thread);
  const std::size_t first = replies;
  for (auto _ : state) {
    const std::size_t goal = replies + kBatch;
    while (replies < goal) client_loop.run_one();
  }
  const auto served = static_cast<double>(replies - first);
  state.SetItemsProcessed(static_cast<std::int64_t>(served));
  state.counters["per_core"] = served / (cpu_seconds(thread) - before);
  clients.clear();
  asio::post(loop, [&] { server->reset(); });
  thread.join();
}
BENCHMARK(list_over_loopback)->Arg(1)->Arg(5)->Arg(50)->UseRealTime()->Unit(benchmark::kMillisecond);

// A list just after each of its machines has changed is the one that has to be written anew.
void list_after_a_change(benchmark::State& state) {
  World world;
  App* app = world.add_app({.name = "worker"});
  for (int i = 0; i < state.range(0); ++i) {
    world.add_machine(*app, "", "", default_config("worker"), fas::MachineState::kStopped);
  }
  Machine& changing = app->machines.begin()->second;
  for (auto _ : state) {
    world.touch(*app, changing);
    benchmark::DoNotOptimize(world.list_json(*app).size());
  }
}
BENCHMARK(list_after_a_change)->Arg(5)->Arg(1000)->Unit(benchmark::kMicrosecond);

// A minute of an app with a queue and ten machines.
void simulated_minute(benchmark::State& state) {
  World world;
  AppOptions options{.name = "worker"};
  options.workload = {.profile = *Profile::parse("constant:10"), .service_rate = 2};
  App* app = world.add_app(std::move(options));
  for (int i = 0; i < 10; ++i) {
    world.add_machine(*app, "", "", default_config("worker"), fas::MachineState::kStarted);
  }
  for (auto _ : state) world.advance(world.now() + std::chrono::minutes(1));
}
BENCHMARK(simulated_minute)->Unit(benchmark::kMicrosecond);

}  // namespace
