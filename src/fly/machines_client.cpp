#include "fly/machines_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fly/excerpt.h"
#include "fly/json.h"
#include "fly/token.h"
#include "net/url.h"

namespace fas::fly {

using net::Effect;
using std::chrono::seconds;

namespace {

// https://fly.io/docs/machines/api/working-with-machines-api/#rate-limits
// A little below what is documented: calls that leave in time may arrive closer together than they left.
constexpr net::RateLimit kAnyAction{.per_second = 0.95, .burst = 3};
constexpr net::RateLimit kGet{.per_second = 4.75, .burst = 10};
constexpr seconds kReadAttempt{10};
constexpr seconds kLongestWait{60};  // that the API accepts
constexpr std::size_t kSmallReply = 1U << 20U;

std::string apps_url(std::string_view base) {
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.ends_with("/v1")) base.remove_suffix(3);
  return fmt::format("{}/v1/apps/", base);
}

template <class T>
std::unexpected<Error> malformed(const ApiCall& call, const net::HttpResponse& reply, Result<T> parsed) {
  Error error = std::move(parsed.error());
  error.http_status = reply.status;
  error.request_id = printable(reply.header("fly-request-id"), 100);
  if (!error.request_id.empty()) error.message += fmt::format(" (fly-request-id {})", error.request_id);
  return fail_with(call.subject, std::move(error));
}

}  // namespace

MachinesClient::MachinesClient(net::HttpTransport& http, Clock& clock, const ClientOptions& options)
    : apps_url_(apps_url(options.base_url)), caller_(http, clock, options, machines_authorization(options.token)) {}

ApiCall MachinesClient::call(std::string_view action, Effect effect, const std::string& app, const std::string& id,
                             std::string_view path) const {
  ApiCall call;
  call.name = action;
  call.effect = effect;
  call.limit = action == "get" ? kGet : kAnyAction;
  call.limit_key = fmt::format("{} {}/{}", action, app, id);
  call.subject = fmt::format("app {}: {} {}", app, action, id.empty() ? "machine" : "machine " + id);
  call.request.method = effect == Effect::kRead ? "GET" : "POST";
  call.request.url = fmt::format("{}{}/machines", apps_url_, net::percent_encode(app));
  if (!id.empty()) call.request.url.append("/").append(net::percent_encode(id));
  call.request.url += path;
  call.request.max_response_bytes = kSmallReply;
  if (effect == Effect::kRead) call.attempt_timeout = kReadAttempt;
  return call;
}

MachinesApi::Reply<MachineList> MachinesClient::list(std::string app, Deadline deadline) {
  ApiCall list = call("list", Effect::kRead, app, "");
  list.subject += 's';
  list.request.max_response_bytes = net::HttpRequest{}.max_response_bytes;
  Result<net::HttpResponse> reply = co_await caller_.perform(list, deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  Result<MachineList> machines = parse_machine_list(std::move(reply->body));
  if (!machines) co_return malformed(list, *reply, std::move(machines));
  co_return machines;
}

MachinesApi::Reply<Machine> MachinesClient::get(std::string app, std::string id, Deadline deadline) {
  const ApiCall get = call("get", Effect::kRead, app, id);
  Result<net::HttpResponse> reply = co_await caller_.perform(get, deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  Result<Machine> machine = parse_machine(std::move(reply->body));
  if (!machine) co_return malformed(get, *reply, std::move(machine));
  co_return machine;
}

MachinesApi::Reply<Machine> MachinesClient::create(std::string app, std::string body, Deadline deadline) {
  ApiCall create = call("create", Effect::kChange, app, "");
  create.request.body = std::move(body);
  create.request.headers.emplace_back("Content-Type", "application/json");
  Result<net::HttpResponse> reply = co_await caller_.perform(create, deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  Result<Machine> machine = parse_machine(std::move(reply->body));
  if (!machine) co_return malformed(create, *reply, std::move(machine));
  co_return machine;
}

MachinesApi::Reply<void> MachinesClient::start(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) {
  return act("start", std::move(app), std::move(id), std::move(nonce), deadline);
}

MachinesApi::Reply<void> MachinesClient::stop(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) {
  return act("stop", std::move(app), std::move(id), std::move(nonce), deadline);
}

MachinesApi::Reply<void> MachinesClient::suspend(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) {
  return act("suspend", std::move(app), std::move(id), std::move(nonce), deadline);
}

MachinesApi::Reply<void> MachinesClient::cordon(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) {
  return act("cordon", std::move(app), std::move(id), std::move(nonce), deadline);
}

MachinesApi::Reply<void> MachinesClient::uncordon(std::string app, std::string id, LeaseNonce nonce,
                                                  Deadline deadline) {
  return act("uncordon", std::move(app), std::move(id), std::move(nonce), deadline);
}

MachinesApi::Reply<void> MachinesClient::act(std::string_view action, std::string app, std::string id, LeaseNonce nonce,
                                             Deadline deadline) {
  ApiCall act = call(action, Effect::kChange, app, id, fmt::format("/{}", action));
  return perform_for_effect(std::move(act), std::move(nonce), !action.ends_with("cordon"), deadline);
}

MachinesApi::Reply<void> MachinesClient::destroy(std::string app, std::string id, bool force, LeaseNonce nonce,
                                                 Deadline deadline) {
  ApiCall destroy = call("destroy", Effect::kChange, app, id, force ? "?force=true" : "");
  destroy.request.method = "DELETE";
  return perform_for_effect(std::move(destroy), std::move(nonce), /*body_expected=*/true, deadline);
}

MachinesApi::Reply<void> MachinesClient::release_lease(std::string app, std::string id, LeaseNonce nonce,
                                                       Deadline deadline) {
  ApiCall release = call("release_lease", Effect::kChange, app, id, "/lease");
  release.request.method = "DELETE";
  return perform_for_effect(std::move(release), std::move(nonce), /*body_expected=*/false, deadline);
}

// A page of HTML with status 200, from a proxy in between, is no sign that anything was done.
MachinesApi::Reply<void> MachinesClient::perform_for_effect(ApiCall call, LeaseNonce nonce, bool body_expected,
                                                            Deadline deadline) {
  if (!nonce.empty()) call.request.headers.emplace_back("fly-machine-lease-nonce", std::move(nonce));
  Result<net::HttpResponse> reply = co_await caller_.perform(call, deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  const bool empty_is_fine = !body_expected && reply->body.empty();
  if (!empty_is_fine && !parse_json(reply->body).is_object()) {
    Result<void> failure = fail(ErrorKind::kMalformed, "the reply is not a JSON object, but " + excerpt(reply->body));
    co_return malformed(call, *reply, std::move(failure));
  }
  co_return Result<void>{};
}

MachinesApi::Reply<void> MachinesClient::wait(std::string app, std::string id, std::string instance_id,
                                              MachineState state, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::floor<seconds>(deadline - caller_.clock().now());
    std::string query =
        fmt::format("/wait?state={}&timeout={}", to_string(state), std::clamp(left, seconds(1), kLongestWait).count());
    if (!instance_id.empty()) query += "&instance_id=" + net::percent_encode(instance_id);
    ApiCall wait = call("wait", Effect::kRead, app, id, query);
    wait.attempt_timeout = kLongestWait + kReadAttempt;
    Result<net::HttpResponse> reply = co_await caller_.perform(std::move(wait), deadline);
    if (reply) co_return Result<void>{};
    const bool not_yet = reply.error().http_status == 408;
    if (!not_yet || deadline - caller_.clock().now() < seconds(1)) co_return std::unexpected(std::move(reply.error()));
  }
}

MachinesApi::Reply<Lease> MachinesClient::acquire_lease(std::string app, std::string id, seconds ttl,
                                                        Deadline deadline) {
  const ApiCall acquire = call("acquire_lease", Effect::kChange, app, id, fmt::format("/lease?ttl={}", ttl.count()));
  Result<net::HttpResponse> reply = co_await caller_.perform(acquire, deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  Result<Lease> lease = parse_lease(reply->body);
  if (!lease) co_return malformed(acquire, *reply, std::move(lease));
  co_return lease;
}

Result<Lease> parse_lease(const std::string& body) {
  constexpr std::int64_t kLatest = 4'102'444'800;  // 2100: what is later does not fit a WallTime for long
  const nlohmann::json reply = parse_json(body);
  const nlohmann::json& data = json_field(reply, "data");
  Lease lease;
  lease.nonce = json_text(data, "nonce");
  lease.owner = json_text(data, "owner");
  if (lease.nonce.empty()) return fail(ErrorKind::kMalformed, "the reply is not a lease, but " + excerpt(body));
  const nlohmann::json& expires = json_field(data, "expires_at");
  if (expires.is_number_integer()) {
    const auto at = std::clamp<std::int64_t>(expires.get<std::int64_t>(), 0, kLatest);
    lease.expires_at = WallTime(seconds(at));
  }
  return lease;
}

}  // namespace fas::fly
