// Calls a simulated API without a socket.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/api.h"

namespace fas::sim {

using Headers = std::vector<std::pair<std::string, std::string>>;

inline std::string_view header_value(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

// With the header names of a request in lower case. A `wait` that has to wait lets the world's time pass.
inline net::ServerResponse call(Api& api, std::string_view method, std::string_view target, std::string_view body = "",
                                const Headers& headers = {}) {
  net::ServerRequest request;
  const std::size_t mark = target.find('?');
  request.method = method;
  request.path = target.substr(0, mark);
  request.query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  request.body = body;
  request.header = [&headers](std::string_view name) { return header_value(headers, name); };
  const Api::Call begun = api.begin(request);
  api.world().advance(api.world().now() + begun.before);
  Duration until{0};
  auto response = api.answer(begun, request, until);
  while (!response) {
    api.world().advance(std::min(until, api.world().next_event().value_or(until)));
    response = api.answer(begun, request, until);
  }
  api.world().advance(api.world().now() + begun.after);
  return std::move(*response);
}

inline nlohmann::json json_of(const net::ServerResponse& response) {
  auto json = nlohmann::json::parse(response.body, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << response.body;
  return json;
}

inline void pass(World& world, Duration time) { world.advance(world.now() + time); }

// A world of one app "worker" with so many machines, without limits and chance.
struct SimFixture {
  explicit SimFixture(int machines = 1, MachineState state = MachineState::kStopped, WorldOptions options = {},
                      ApiOptions api_options = {.token = {}, .latency = {}, .rate_limits = false, .faults = {}})
      : world(std::move(options)), api(world, std::move(api_options)), app(*world.add_app({.name = "worker"})) {
    for (int i = 0; i < machines; ++i) {
      ids.push_back(world.add_machine(app, "", "", default_worker_config(), state)->id);
    }
  }
  static MachineConfig default_worker_config();
  std::string path(std::size_t machine, std::string_view verb = "") const {
    std::string result = "/v1/apps/worker/machines/" + ids.at(machine);
    if (!verb.empty()) result += "/" + std::string(verb);
    return result;
  }
  MachineState state(std::size_t machine) { return World::find_machine(app, ids.at(machine))->state; }

  World world;
  Api api;
  App& app;
  std::vector<std::string> ids;
};

}  // namespace fas::sim
