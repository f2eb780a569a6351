#include "serve/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/text.h"
#include "control/log.h"
#include "net/target.h"
#include "scale/json.h"
#include "scale/time_text.h"
#include "serve/app_json.h"
#include "serve/app_list.h"
#include "serve/config_json.h"
#include "serve/github_webhook.h"
#include "serve/guard.h"
#include "serve/openapi.h"
#include "serve/playground.h"
#include "serve/sample_json.h"

namespace fas::serve {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostRelayed = 100'000;
constexpr std::size_t kFewestPoints = 10;
constexpr std::size_t kMostPoints = 5000;
constexpr std::size_t kUsualPoints = 800;
constexpr std::chrono::hours kUsualSpan{24};
constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::seconds kMostEvaluation{2};

net::ServerResponse wrong_method(std::string_view allowed) {
  net::ServerResponse response = error_reply(405, fmt::format("only {} is answered here", allowed));
  response.headers.emplace_back("Allow", std::string(allowed));
  return response;
}

net::ServerResponse no_such_path() {
  return error_reply(404, "there is no such path; /api/v1/openapi.json lists what there is");
}

bool reads(const net::ServerRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

}  // namespace

std::size_t body_bound(std::string_view path) {
  // An expression to try is the largest that is sent to the others.
  constexpr std::size_t kUsual = 64U << 10U;
  return path == "/api/v1/webhooks/github" ? kMostWebhookBytes : kUsual;
}

Api::Api(ApiParts parts)
    : parts_(std::move(parts)),
      events_(parts_.loop.get_executor(), parts_.clock, parts_.board),
      github_(parts_.schedulers, parts_.telemetry),
      offload_(parts_.loop, parts_.clock),
      started_(parts_.clock.wall_now()) {}

asio::awaitable<net::ServerResponse> Api::handle(const net::ServerRequest& request) {
  const std::vector<std::string> path = net::path_segments(request.path);
  if (path.size() < 3 || path[0] != "api" || path[1] != "v1") co_return no_such_path();
  Call call{.request = request, .query = Query(request.query), .app = {}};
  if (path[2] == "apps" && path.size() > 3) {
    call.app = path[3];
    Reply reply = co_await about_app(call, path);
    co_return reply;
  }
  if (path.size() == 4 && (path[2] == "tick" || path[2] == "webhooks")) {
    if (path[2] == "webhooks" && path[3] != "github") co_return no_such_path();
    if (request.method != "POST") co_return wrong_method("POST");
    if (path[2] == "tick") {
      Reply reply = co_await wake(request, path[3]);
      co_return reply;
    }
    co_return answer_github(request, parts_.schedulers.setup()->config.github_webhook_secret, github_);
  }
  Reply reply = co_await about_all(call, path);
  co_return reply;
}

asio::awaitable<net::ServerResponse> Api::about_all(const Call& call, const std::vector<std::string>& path) {
  if (path.size() > 3) co_return no_such_path();
  const std::string& what = path[2];
  if (what == "evaluate") {
    if (call.request.method != "POST") co_return wrong_method("POST");
    Reply reply = co_await evaluate(call);
    co_return reply;
  }
  constexpr std::array kPages = {"status", "apps", "decisions", "config", "events", "members", "openapi.json"};
  if (std::ranges::find(kPages, what) == kPages.end()) co_return no_such_path();
  if (!reads(call.request)) co_return wrong_method("GET, HEAD");
  if (what == "decisions") {
    Reply reply = co_await decisions(call);
    co_return reply;
  }
  if (what == "status") co_return status(call);
  if (what == "apps") co_return apps(call);
  if (what == "config") co_return configuration();
  if (what == "members") {  // of an autoscaler that is alone; GroupApi answers for the others
    co_return json_reply(200, {{"self", ""}, {"member", false}, {"trouble", ""}, {"members", Json::array()}});
  }
  if (what == "events") co_return events_.open(call.query.text("app"));
  Reply reply;
  reply.body = openapi_text();
  co_return reply;
}

asio::awaitable<net::ServerResponse> Api::about_app(const Call& call, const std::vector<std::string>& path) {
  if (path.size() > 5) co_return no_such_path();
  const std::string what = path.size() == 5 ? path[4] : "";
  const bool is_change = what == "pause" || what == "resume" || what == "tick" || what == "override";
  if (!is_change && !what.empty() && what != "samples" && what != "plan") co_return no_such_path();
  if (is_change) {
    const bool right = what == "override" ? call.request.method == "PUT" || call.request.method == "DELETE"
                                          : call.request.method == "POST";
    if (!right) co_return wrong_method(what == "override" ? "PUT, DELETE" : "POST");
    // Whether the app exists is nobody's business without the token.
    if (auto refusal = refuse(call.request, parts_.schedulers.setup()->config.admin_token)) co_return *refusal;
  } else if (!reads(call.request)) {
    co_return wrong_method("GET, HEAD");
  }
  if (parts_.board.find(call.app) == nullptr) co_return error_reply(404, "there is no app " + call.app);
  if (is_change) {
    Reply reply = co_await change(call, what);
    co_return reply;
  }
  if (what.empty()) co_return app(call);
  if (what == "samples") {
    Reply reply = co_await samples(call);
    co_return reply;
  }
  Reply reply = co_await plan(call);
  co_return reply;
}

// ---- What is read ---------------------------------------------------------------------------------------------------

net::ServerResponse Api::status(const Call& /*call*/) {
  const config::Config& config = parts_.schedulers.setup()->config;
  std::array<int, control::kHealths> counts{};
  for (const auto& [name, card] : parts_.board.cards()) ++counts.at(static_cast<std::size_t>(health_of(card)));
  Json states = Json::object();
  for (std::size_t health = 0; health < counts.size(); ++health) {
    states[std::string(to_string(static_cast<control::Health>(health)))] = counts.at(health);
  }
  const std::string note = parts_.history_note();
  std::string names;
  for (const config::AppConfig& policy : config.policies()) names += (names.empty() ? "" : ", ") + policy.app_name;
  return json_reply(200, {{"version", FAS_VERSION},
                          {"now", scale::time_text(parts_.clock.wall_now())},
                          {"started", scale::time_text(started_)},
                          {"app_name", names},
                          {"apps", parts_.board.cards().size()},
                          {"interval", std::chrono::duration<double>(config.interval).count()},
                          {"dry_run", config.dry_run},
                          {"admin", !config.admin_token.empty()},
                          {"history", {{"lasting", parts_.history.lasting()}, {"ok", note.empty()}, {"note", note}}},
                          {"states", std::move(states)}});
}

net::ServerResponse Api::apps(const Call& call) {
  // Another autoscaler makes a page of its own out of what it is sent.
  const bool is_page = call.request.header(kRelayedHeader).empty();
  const Result<AppQuery> query = read_app_query(call.query, is_page ? kMostPage : kMostRelayed);
  return query ? json_reply(200, app_list(parts_.board, *query)) : error_reply(query.error());
}

net::ServerResponse Api::app(const Call& call) {
  const auto setup = parts_.schedulers.setup();
  return json_reply(200, app_detail(call.app, *parts_.board.find(call.app), setup->find(call.app)));
}

net::ServerResponse Api::summary(const std::string& app) {
  return json_reply(200, app_summary(app, *parts_.board.find(app), /*with_spark=*/false));
}

net::ServerResponse Api::configuration() {
  return json_reply(200, config_tree(parts_.schedulers.setup()->config.written));
}

asio::awaitable<net::ServerResponse> Api::samples(const Call& call) {
  const WallTime now = parts_.clock.wall_now();
  const Result<std::optional<WallTime>> since = call.query.time("since", now);
  if (!since) co_return error_reply(since.error());
  const Result<std::optional<WallTime>> until = call.query.time("until", now);
  if (!until) co_return error_reply(until.error());
  const Result<std::size_t> points = call.query.number("points", kUsualPoints, kFewestPoints, kMostPoints);
  if (!points) co_return error_reply(points.error());
  control::SampleQuery query{.app = call.app, .since = since->value_or(now - kUsualSpan), .until = *until};
  Result<scale::Samples> found = co_await parts_.history.samples(std::move(query));
  if (!found) co_return error_reply(found.error());
  co_return json_reply(200, sample_columns(*found, *points));
}

asio::awaitable<net::ServerResponse> Api::decisions(const Call& call) {
  constexpr std::size_t kUsual = 100;
  constexpr std::size_t kMost = 1000;
  const WallTime now = parts_.clock.wall_now();
  const Result<std::optional<WallTime>> since = call.query.time("since", now);
  if (!since) co_return error_reply(since.error());
  const Result<std::optional<WallTime>> until = call.query.time("until", now);
  if (!until) co_return error_reply(until.error());
  const Result<std::size_t> limit = call.query.number("limit", kUsual, 1, kMost);
  if (!limit) co_return error_reply(limit.error());
  control::HistoryQuery query{.app = call.query.text("app"),
                              .since = *since,
                              .until = *until,
                              .actions_only = call.query.flag("actions"),
                              .limit = *limit};
  Result<std::vector<control::HistoryRecord>> found = co_await parts_.history.read(std::move(query));
  if (!found) co_return error_reply(found.error());
  const bool full = call.query.flag("full");
  Json list = Json::array();
  for (const control::HistoryRecord& record : *found) list.push_back(record_json(record, full));
  co_return json_reply(200, {{"decisions", std::move(list)}});
}

asio::awaitable<net::ServerResponse> Api::plan(const Call& call) {
  if (is_cross_site(call.request)) co_return error_reply(403, "requests from pages of other sites are refused");
  const TimePoint now = parts_.clock.now();
  std::erase_if(looked_, [now](const auto& entry) { return now - entry.second >= kBetweenLooks; });
  if (!looked_.emplace(call.app, now).second) {
    co_return error_reply(429, "a plan asks the metric servers and the API: at most one a second for each app");
  }
  std::string app = call.app;
  const Deadline deadline = now + parts_.schedulers.setup()->config.timeout;
  Result<scale::Decision> decision = co_await parts_.schedulers.look(std::move(app), deadline);
  if (!decision) co_return error_reply(decision.error());
  co_return json_reply(200, {{"decision", scale::to_json(*decision)}});
}

asio::awaitable<net::ServerResponse> Api::evaluate(const Call& call) {
  const Result<Json> body = read_object(call.request.body);
  if (!body) co_return error_reply(body.error());
  const auto text = [&](const char* name) {
    const auto found = body->find(name);
    return found != body->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const std::string app = text("app");
  const std::string expression = text("expression");
  const auto setup = parts_.schedulers.setup();
  const control::AppSetup* policy = setup->find(app);
  const control::Board::Card* card = parts_.board.find(app);
  if (policy == nullptr || card == nullptr) co_return error_reply(404, "there is no app " + app);
  if (expression.empty()) co_return error_reply(400, "\"expression\" is missing");

  const WallTime now = parts_.clock.wall_now();
  Seen seen{.observations = {}, .current = {}, .previous = {}, .now = now};
  if (card->last) {
    seen.observations = card->last->decision.observations;
    seen.current = card->last->decision.current;
    seen.previous = card->last->decision.targets;
  }
  scale::Samples samples;
  const std::string since = text("since");
  if (!since.empty()) {
    const auto span = parse_span(since);
    const auto begin = span ? now - std::chrono::duration_cast<WallTime::duration>(*span) : scale::parse_time(since);
    if (!begin) co_return error_reply(400, "\"since\" must be a time, or how long ago: \"24h\"");
    control::SampleQuery query{.app = app, .since = begin, .until = {}};
    Result<scale::Samples> found = co_await parts_.history.samples(std::move(query));
    if (!found) co_return error_reply(found.error());
    samples = std::move(*found);
  }
  std::size_t points = kUsualPoints;
  if (const auto found = body->find("points"); found != body->end() && found->is_number_unsigned()) {
    points = std::clamp(found->get<std::size_t>(), kFewestPoints, kMostPoints);
  }
  // Whatever the expression is, the loop goes on.
  std::function<Result<Json>(std::stop_token)> job = [setup, policy, expression, seen = std::move(seen),
                                                      samples = std::move(samples), points,
                                                      history = !since.empty()](std::stop_token stop) -> Result<Json> {
    Json json = try_now(policy->policy, expression, seen);
    if (history) {
      Json tried = try_history(policy->policy, expression, samples, points, stop);
      if (!tried.contains("error") || json.contains("value")) json["history"] = std::move(tried);
    }
    return json;
  };
  Result<Json> tried = co_await offload_.run(std::move(job), parts_.clock.now() + kMostEvaluation);
  if (tried) co_return json_reply(200, *tried);
  if (tried.error().kind != ErrorKind::kTimeout) co_return error_reply(tried.error());
  co_return json_reply(200, {{"error", "the expression takes too long over that much history"}});
}

// ---- What is changed ------------------------------------------------------------------------------------------------

asio::awaitable<net::ServerResponse> Api::wake(const net::ServerRequest& request, std::string app) {
  const config::Config& config = parts_.schedulers.setup()->config;
  if (auto refusal = refuse_wake(request, config.tick_token, config.admin_token)) co_return *refusal;
  std::string source = "api";
  const Result<control::WakeResult> result = co_await parts_.schedulers.try_wake(app, std::move(source));
  if (!result) co_return error_reply(result.error());
  if (*result == control::WakeResult::kUnknown) co_return error_reply(404, "there is no app " + app);
  co_return json_reply(202, {{"result", std::string(to_string(*result))}});
}

asio::awaitable<net::ServerResponse> Api::change(const Call& call, std::string_view what) {
  if (what == "tick") {
    parts_.schedulers.tick_now(call.app);
    co_return json_reply(202, Json::object());
  }
  std::optional<scale::Hand> hand;
  if (what == "pause" || call.request.method == "PUT") {
    const Result<Json> body = read_object(call.request.body);
    if (!body) co_return error_reply(body.error());
    const WallTime now = parts_.clock.wall_now();
    Result<scale::Hand> read = what == "pause" ? read_pause(*body, now) : read_override(*body, now);
    if (!read) co_return error_reply(read.error());
    hand = std::move(*read);
  }
  const std::string reason = hand ? hand->reason : std::string();
  control::log_info(!hand          ? "taken back by hand"
                    : hand->paused ? "paused by hand"
                                   : "overridden by hand",
                    {{"app", call.app},
                     {"until", hand && hand->until ? scale::time_text(*hand->until) : std::string()},
                     {"targets", hand && !hand->paused ? Json(scale::to_json(hand->targets)) : Json(nullptr)},
                     {"reason", reason}});
  std::string app = call.app;
  const Result<bool> set = co_await parts_.schedulers.set_hand(std::move(app), std::move(hand));
  if (!set) co_return error_reply(set.error());
  if (parts_.board.find(call.app) == nullptr) co_return error_reply(404, "there is no app " + call.app);
  co_return summary(call.app);
}

}  // namespace fas::serve
