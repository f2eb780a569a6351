#include "serve/group_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "base/text.h"
#include "coordination/view_json.h"
#include "net/gather.h"
#include "net/target.h"
#include "net/url.h"
#include "scale/time_text.h"
#include "serve/app_list.h"
#include "serve/group_events.h"
#include "serve/request.h"

namespace fas::serve {
namespace {

namespace asio = boost::asio;

// Another autoscaler that is about to be found dead must not make a page wait for it.
constexpr std::chrono::seconds kPatience{2};
// Of each other autoscaler, what a page that is open is kept up to date of.
constexpr std::size_t kMostFollowed = 2000;
constexpr std::size_t kMostDecisions = 1000;

// Whoever is asked by another autoscaler answers for itself alone.
bool is_relayed(const net::ServerRequest& request) { return !request.header(kRelayedHeader).empty(); }

asio::awaitable<Result<net::HttpResponse>> send(net::HttpTransport& http, net::HttpRequest request, Deadline deadline) {
  Result<net::HttpResponse> response = co_await http.send(std::move(request), deadline);
  co_return response;
}

net::HttpRequest relayed(const net::ServerRequest& request, const std::string& address, std::string_view query) {
  net::HttpRequest to;
  to.method = std::string(request.method);
  to.url = fmt::format("{}{}{}{}", address, request.path, query.empty() ? "" : "?", query);
  to.headers.emplace_back(kRelayedHeader, "1");
  to.body = std::string(request.body);
  for (const std::string_view name : {"Authorization", "Content-Type", "X-GitHub-Event", "X-Hub-Signature-256"}) {
    if (const std::string_view value = request.header(name); !value.empty()) to.headers.emplace_back(name, value);
  }
  return to;
}

// The decisions that the replies list.
std::vector<Json> decisions_in(const std::vector<Json>& replies) {
  std::vector<Json> records;
  for (const Json& each : replies) {
    const auto found = each.find("decisions");
    if (found == each.end() || !found->is_array()) continue;
    for (const Json& record : *found) {
      const auto is_text = [&record](const char* key) { return record.contains(key) && record[key].is_string(); };
      if (record.is_object() && is_text("at") && is_text("app")) records.push_back(record);
    }
  }
  return records;
}

// The whole of the first pages up to the end of the asked one: from these the asked one is cut.
std::string from_the_first(std::string_view query, std::size_t count) {
  std::string all;
  for (const std::string_view part : split(query, '&')) {
    if (part.empty() || part.starts_with("offset=") || part.starts_with("limit=")) continue;
    all += std::string(part) + "&";
  }
  return fmt::format("{}offset=0&limit={}", all, count);
}

}  // namespace

asio::awaitable<net::ServerResponse> GroupApi::handle(const net::ServerRequest& request) {
  const std::vector<std::string> path = net::path_segments(request.path);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const std::string what = path.size() >= 3 && path[1] == "v1" ? path[2] : "";
  if (what == "members" && path.size() == 3 && reads) co_return members();
  Reply reply;
  if (is_relayed(request)) {
    reply = co_await api_.handle(request);
    co_return reply;
  }
  if ((what == "apps" && path.size() > 3) || (what == "tick" && path.size() == 4)) {
    const coordination::Member* to = owner(path[3]);
    if (to != nullptr && to->name != membership_.self().name && !to->address.empty()) {
      Other other{.name = to->name, .address = to->address};
      reply = co_await forward(request, std::move(other));
      co_return reply;
    }
  }
  if (reads && path.size() == 3 && what == "apps") {
    reply = co_await apps(request);
  } else if (reads && path.size() == 3 && what == "status") {
    reply = co_await status(request);
  } else if (reads && path.size() == 3 && what == "decisions") {
    reply = co_await decisions(request);
  } else if (reads && path.size() == 3 && what == "events") {
    reply = co_await events(request);
  } else if (what == "webhooks") {
    reply = co_await webhook(request);
  } else {
    reply = co_await api_.handle(request);
  }
  co_return reply;
}

net::ServerResponse GroupApi::members() const {
  return json_reply(200, {{"self", membership_.self().name},
                          {"member", membership_.is_member()},
                          {"trouble", membership_.trouble()},
                          {"members", coordination::members_json(membership_.view())}});
}

std::vector<GroupApi::Other> GroupApi::others() const {
  std::vector<Other> found;
  for (const coordination::Member& member : membership_.view().members) {
    if (member.name != membership_.self().name && !member.address.empty()) {
      found.push_back({.name = member.name, .address = member.address});
    }
  }
  return found;
}

const coordination::Member* GroupApi::owner(std::string_view app) const {
  const coordination::View& view = membership_.view();
  const auto lease = view.owners.find(app);
  if (lease == view.owners.end()) return nullptr;
  const auto member = std::ranges::find(view.members, lease->second, &coordination::Member::lease);
  return member == view.members.end() ? nullptr : &*member;
}

asio::awaitable<net::ServerResponse> GroupApi::forward(const net::ServerRequest& request, Other to) {
  net::HttpRequest there = relayed(request, to.address, request.query);
  // As long as a plan may take, which asks metric servers and the API.
  const Deadline deadline = clock_.now() + std::chrono::seconds(30);
  Result<net::HttpResponse> response = co_await http_.send(std::move(there), deadline);
  if (!response) {
    co_return error_reply(502, fmt::format("the autoscaler {}, which looks after it, cannot be asked: {}", to.name,
                                           response.error().message));
  }
  Reply reply;
  reply.status = response->status;
  if (const auto type = response->header("content-type"); !type.empty()) reply.content_type = std::string(type);
  if (const auto scheme = response->header("www-authenticate"); !scheme.empty()) {
    reply.headers.emplace_back("WWW-Authenticate", std::string(scheme));
  }
  reply.body = std::move(response->body);
  co_return reply;
}

// What the others say to a GET of that target. Who does not answer is left out.
asio::awaitable<std::vector<Json>> GroupApi::ask_others(std::string target) {
  std::vector<asio::awaitable<Result<net::HttpResponse>>> asked;
  for (const Other& other : others()) {
    net::HttpRequest there{.url = other.address + target, .headers = {{std::string(kRelayedHeader), "1"}}};
    asked.push_back(send(http_, std::move(there), clock_.now() + kPatience));
  }
  std::vector<Json> all;
  if (asked.empty()) co_return all;
  const std::vector<Result<net::HttpResponse>> replies = co_await net::gather(std::move(asked));
  for (const Result<net::HttpResponse>& reply : replies) {
    if (!reply || reply->status != 200) continue;
    Json json = Json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
    if (json.is_object()) all.push_back(std::move(json));
  }
  co_return all;
}

// What all say, this one first; empty where this one refuses, as the others then do.
asio::awaitable<std::vector<Json>> GroupApi::ask_all(const net::ServerRequest& request, std::string query, Reply& own) {
  const net::ServerRequest here{.method = request.method,
                                .path = request.path,
                                .query = query,
                                .body = request.body,
                                .header = [&request](std::string_view name) {
                                  return name == kRelayedHeader ? std::string_view("1") : request.header(name);
                                }};
  own = co_await api_.handle(here);
  std::vector<Json> all;
  if (own.status != 200) co_return all;
  std::string target = fmt::format("{}{}{}", request.path, query.empty() ? "" : "?", query);
  all = co_await ask_others(std::move(target));
  all.insert(all.begin(), Json::parse(own.body, nullptr, /*allow_exceptions=*/false));
  co_return all;
}

// GitHub tells one of the autoscalers only; the apps that the job is news for may be any one's.
asio::awaitable<net::ServerResponse> GroupApi::webhook(const net::ServerRequest& request) {
  Reply own = co_await api_.handle(request);
  if (own.status != 202) co_return own;
  std::vector<asio::awaitable<Result<net::HttpResponse>>> told;
  for (const Other& other : others()) {
    told.push_back(send(http_, relayed(request, other.address, request.query), clock_.now() + kPatience));
  }
  const std::vector<Result<net::HttpResponse>> replies = co_await net::gather(std::move(told));
  const auto woken = [](std::string_view body) -> std::size_t {
    const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
    const auto found = json.find("woken");
    return found != json.end() && found->is_number_unsigned() ? found->get<std::size_t>() : 0;
  };
  std::size_t all = woken(own.body);
  for (const Result<net::HttpResponse>& reply : replies) {
    if (reply && reply->status == 202) all += woken(reply->body);
  }
  co_return json_reply(202, {{"woken", all}});
}

asio::awaitable<net::ServerResponse> GroupApi::apps(const net::ServerRequest& request) {
  const Result<AppQuery> query = read_app_query(Query(request.query));
  if (!query) co_return error_reply(query.error());
  Reply own;
  std::string first = from_the_first(request.query, query->offset + query->limit);
  const std::vector<Json> lists = co_await ask_all(request, std::move(first), own);
  if (lists.empty()) co_return own;
  co_return json_reply(200, merge_app_lists(lists, *query));
}

asio::awaitable<net::ServerResponse> GroupApi::status(const net::ServerRequest& request) {
  Reply own;
  std::vector<Json> all = co_await ask_all(request, std::string(request.query), own);
  if (all.empty()) co_return own;
  Json& sum = all.front();
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (const auto apps = all[i].find("apps"); apps != all[i].end() && apps->is_number_unsigned()) {
      sum["apps"] = sum["apps"].get<std::size_t>() + apps->get<std::size_t>();
    }
    const auto states = all[i].find("states");
    if (states == all[i].end() || !states->is_object()) continue;
    for (const auto& [state, count] : states->items()) {
      if (count.is_number_unsigned() && sum["states"].contains(state)) {
        sum["states"][state] = sum["states"][state].get<std::size_t>() + count.get<std::size_t>();
      }
    }
  }
  sum["members"] = membership_.view().members.size();
  co_return json_reply(200, sum);
}

asio::awaitable<net::ServerResponse> GroupApi::decisions(const net::ServerRequest& request) {
  Reply own;
  const std::vector<Json> all = co_await ask_all(request, std::string(request.query), own);
  if (all.empty()) co_return own;
  std::vector<Json> records = decisions_in(all);
  const auto at = [](const Json& record) -> const std::string& { return record["at"].get_ref<const std::string&>(); };
  std::ranges::stable_sort(records, std::greater<>(), at);
  const std::size_t limit = Query(request.query).number("limit", 100, 1, 1000).value_or(100);
  if (records.size() > limit) records.resize(limit);
  co_return json_reply(200, {{"decisions", records}});
}

asio::awaitable<net::ServerResponse> GroupApi::events(const net::ServerRequest& request) {
  Reply own = co_await api_.handle(request);
  std::string app = Query(request.query).text("app");
  const auto executor = co_await asio::this_coro::executor;
  AskOthers ask{.lines = [this, app] { return lines_of_others(app); },
                .decisions = [this, app](WallTime since) { return decisions_of_others(app, since); }};
  co_return with_others(std::move(own), std::move(ask), executor, clock_);
}

// Of that app, or with an empty name of all; so the next.
asio::awaitable<std::vector<Json>> GroupApi::lines_of_others(std::string app) {
  std::string target = fmt::format("/api/v1/apps?sort=name&limit={}", kMostFollowed);
  if (!app.empty()) target += "&search=" + net::percent_encode(app);
  const std::vector<Json> lists = co_await ask_others(std::move(target));
  std::vector<Json> lines;
  for (const Json& list : lists) {
    const auto apps = list.find("apps");
    if (apps == list.end() || !apps->is_array()) continue;
    for (const Json& line : *apps) {
      const auto name = line.find("name");
      if (name != line.end() && name->is_string() && (app.empty() || *name == app)) lines.push_back(line);
    }
  }
  co_return lines;
}

asio::awaitable<std::vector<Json>> GroupApi::decisions_of_others(std::string app, WallTime since) {
  std::string target =
      fmt::format("/api/v1/decisions?limit={}&since={}", kMostDecisions, net::percent_encode(scale::time_text(since)));
  if (!app.empty()) target += "&app=" + net::percent_encode(app);
  const std::vector<Json> replies = co_await ask_others(std::move(target));
  co_return decisions_in(replies);
}

}  // namespace fas::serve
