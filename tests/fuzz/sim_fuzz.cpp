// The simulator under requests made of anything: whatever comes, each is answered, and the world stays whole.
//
// The input is a list of requests, parted by zero bytes: "METHOD TARGET\nBODY". Between two of them time passes.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sim/api.h"
#include "sim/machine_config.h"
#include "sim/profile.h"
#include "sim/spread.h"

namespace {

using namespace fas::sim;

constexpr int kMaxRequests = 50;

void expect(bool condition) {
  if (!condition) std::abort();
}

void send(Api& api, std::string_view text) {
  const std::size_t line = text.find('\n');
  const std::string_view first = text.substr(0, line);
  const std::size_t space = first.find(' ');
  const std::string_view target = space == std::string_view::npos ? std::string_view{} : first.substr(space + 1);
  const std::size_t mark = target.find('?');
  fas::net::ServerRequest request;
  request.method = first.substr(0, space);
  request.path = target.substr(0, mark);
  request.query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  request.body = line == std::string_view::npos ? std::string_view{} : text.substr(line + 1);
  request.header = [](std::string_view) { return std::string_view{}; };
  const Api::Call call = api.begin(request);
  fas::Duration until{0};
  while (!api.answer(call, request, until)) {
    api.world().advance(std::min(until, api.world().next_event().value_or(until)));
  }
}

void check_world(World& world) {
  for (const auto& [name, app] : world.apps()) {
    expect(app->name == name);
    expect(app->by_id.size() == app->machines.size());
    for (const auto& [id, index] : app->by_id) expect(app->machines.at(index).id == id);
    for (const auto& [machine_name, index] : app->by_name) {
      expect(app->machines.at(index).state != fas::MachineState::kDestroyed);
    }
    expect(!world.list_json(*app).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)Profile::parse(input);
  (void)Profile::from_csv(input);
  (void)Spread::parse(input);
  (void)resolve_image(input);

  World world;
  Api api(world, {.token = {}, .latency = {}, .rate_limits = false, .faults = {}});
  App* app = world.add_app({.name = "a"});
  world.add_machine(*app, "m", "iad", default_config("a"), fas::MachineState::kStopped);
  std::string_view rest = input;
  for (int i = 0; i < kMaxRequests && !rest.empty(); ++i) {
    const std::size_t end = rest.find('\0');
    send(api, rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    world.advance(world.now() + std::chrono::milliseconds(300));
  }
  check_world(world);
  return 0;
}
