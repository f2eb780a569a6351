#include "sim/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "sim/control_routes.h"
#include "sim/fault_reply.h"
#include "sim/graphql_routes.h"
#include "sim/machines_routes.h"
#include "sim/reply.h"

namespace fas::sim {
namespace {

using net::ServerRequest;
using net::ServerResponse;

bool public_api(Action action) { return action != Action::kControl && action != Action::kMetrics; }

// The tokens of an Authorization header or of the setting, without the scheme.
std::vector<std::string_view> tokens(std::string_view text) {
  text = trim(text);
  const std::size_t space = text.find(' ');
  if (space != std::string_view::npos) text = text.substr(space + 1);
  std::vector<std::string_view> parts = split(text, ',');
  for (std::string_view& part : parts) part = trim(part);
  return parts;
}

}  // namespace

Api::Api(World& world, ApiOptions options)
    : world_(world),
      token_(std::move(options.token)),
      latency_(options.latency),
      rate_limits_(options.rate_limits),
      faults_(Random(world.options().seed).fork("faults")),
      random_(Random(world.options().seed).fork("latency")) {
  for (FaultRule& rule : options.faults) faults_.add(std::move(rule));
  faults_.add_mix(options.fault_rate);
}

Api::Call Api::begin(const ServerRequest& request) {
  Call call{.route = find_route(request.method, request.path), .number = log_.next_number(), .began = world_.now()};
  if (!public_api(call.route.action)) return call;
  if (!faults_.none()) call.fault = faults_.draw(call.route);
  if (!latency_.zero()) {
    const Duration latency = latency_.sample(random_);
    call.before = latency / 2;
    call.after = latency - call.before;
  }
  if (call.fault) add_delay(*call.fault, call.before, call.after);
  return call;
}

std::optional<ServerResponse> Api::answer(const Call& call, const ServerRequest& request, Duration& until) {
  std::optional<ServerResponse> response;
  if (call.fault) response = fault_before(*call.fault);
  if (!response) response = effect(call, request, until);
  if (!response) return std::nullopt;
  if (call.fault) fault_after(*call.fault, *response);
  if (public_api(call.route.action)) {
    response->headers.emplace_back("fly-request-id", fmt::format("01SIM{:021}-sim", call.number));
    record(call, request, *response);
  }
  return response;
}

bool Api::authorized(const ServerRequest& request) const {
  if (token_.empty()) return true;
  const auto known = tokens(token_);
  for (const std::string_view token : tokens(request.header("authorization"))) {
    if (!token.empty() && std::ranges::find(known, token) != known.end()) return true;
  }
  return false;
}

std::optional<ServerResponse> Api::limited(const Call& call) {
  if (call.route.action == Action::kUnknown) return std::nullopt;
  std::string subject = call.route.app;
  if (!call.route.machine.empty()) subject += "/" + call.route.machine;
  const auto delay = rate_limits_.take(to_string(call.route.action), subject, world_.now());
  if (!delay) return std::nullopt;
  const double seconds = std::chrono::duration<double>(*delay).count();
  return refusal_reply({.status = 429,
                        .message = "rate limit exceeded",
                        .retry_after = std::max(1, static_cast<int>(std::ceil(seconds)))});
}

std::optional<ServerResponse> Api::effect(const Call& call, const ServerRequest& request, Duration& until) {
  switch (call.route.action) {
    case Action::kControl: return answer_control(*this, call.route, request);
    case Action::kMetrics: {
      ServerResponse response;
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      response.body = metrics_page(world_, counts_);
      return response;
    }
    case Action::kGraphql: return authorized(request) ? answer_graphql(world_, request) : graphql_unauthorized();
    default: break;
  }
  if (!authorized(request)) return refusal_reply({.status = 401, .message = "unauthorized: the token is not valid"});
  // A wait that goes on has been let in already.
  const bool resumed = call.route.action == Action::kWait && until > Duration::zero();
  if (!resumed) {
    if (auto refused = limited(call)) return refused;
  }
  if (call.route.action != Action::kWait) return answer_machines(world_, call.route, request);
  WaitAnswer wait = answer_wait(world_, call.route, request, call.began);
  until = wait.until;
  return std::move(wait.response);
}

namespace {

std::string tag_of(const ServerRequest& request) {
  if (const std::string_view tag = request.header("x-sim-tag"); !tag.empty()) return std::string(tag);
  const std::string_view agent = request.header("User-Agent");
  const std::size_t open = agent.find('(');
  const std::size_t close = agent.find(')', open == std::string_view::npos ? 0 : open);
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  return std::string(agent.substr(open + 1, close - open - 1));
}

}  // namespace

void Api::record(const Call& call, const ServerRequest& request, const ServerResponse& response) {
  const int status = response.drop_connection ? 0 : response.status;
  ++counts_[{call.route.action, status}];
  log_.add({.number = call.number,
            .time = call.began,
            .method = std::string(request.method),
            .path = std::string(request.path),
            .query = std::string(request.query),
            .action = std::string(to_string(call.route.action)),
            .tag = tag_of(request),
            .body = call.route.action == Action::kCreate ? std::string(request.body) : std::string(),
            .fault = call.fault ? std::string(to_string(call.fault->kind)) : std::string(),
            .status = status});
}

}  // namespace fas::sim
