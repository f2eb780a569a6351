#include "fly/graphql_client.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "fly/excerpt.h"
#include "fly/json.h"
#include "fly/token.h"
#include "net/gather.h"

namespace fas::fly {

using nlohmann::json;

namespace {

// Not documented: a bound against a loop of ours, above what a thousand apps need.
constexpr net::RateLimit kLimit{.per_second = 100, .burst = 200};
constexpr std::chrono::seconds kAttempt{10};
constexpr std::size_t kLongestReply = 4U << 20U;  // a page of 200 apps takes some 20 kB

constexpr std::string_view kOrganization = "query($slug: String!) { organization(slug: $slug) { id slug name } }";
constexpr std::string_view kApps =
    "query($org: ID, $after: String) { apps(type: \"container\", first: 200, after: $after, organizationId: $org) "
    "{ pageInfo { hasNextPage endCursor } nodes { id name status } } }";
constexpr std::string_view kRelease =
    "query($appName: String!) { app(name: $appName) "
    "{ currentRelease: currentReleaseUnprocessed { id version status } } }";

// The same for many apps; an alias is the name of both the field and the variable.
std::string releases_query(std::size_t apps) {
  std::string parameters;
  std::string fields;
  for (std::size_t i = 0; i < apps; ++i) {
    const std::string alias = release_alias(i);
    fmt::format_to(std::back_inserter(parameters), "{}${}: String!", i == 0 ? "" : ", ", alias);
    fmt::format_to(std::back_inserter(fields),
                   " {0}: app(name: ${0}) {{ currentRelease: currentReleaseUnprocessed {{ id version status }} }}",
                   alias);
  }
  return fmt::format("query({}) {{{} }}", parameters, fields);
}

std::string release_subject(std::string_view app) { return fmt::format("app {}: current release", app); }

// What the API says of many apps at once may be true of one of them only, or of the question's size.
bool may_differ_alone(ErrorKind kind) {
  return kind != ErrorKind::kTimeout && kind != ErrorKind::kUnavailable && kind != ErrorKind::kUnknownOutcome &&
         kind != ErrorKind::kRateLimited;
}

std::string graphql_url(std::string_view base) {
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.ends_with("/graphql")) return std::string(base);
  return fmt::format("{}/graphql", base);
}

}  // namespace

GraphqlClient::GraphqlClient(net::HttpTransport& http, Clock& clock, const ClientOptions& options)
    : url_(graphql_url(options.base_url)),
      caller_(http, clock, options, graphql_authorization(options.token)),
      checks_(clock, [this](std::vector<std::string> apps, Deadline deadline) {
        return releases(std::move(apps), deadline);
      }) {}

boost::asio::awaitable<Result<net::HttpResponse>> GraphqlClient::post(std::string_view name, std::string subject,
                                                                      std::string_view text, json variables,
                                                                      Deadline deadline) {
  ApiCall call;
  call.name = name;
  call.subject = std::move(subject);
  call.effect = net::Effect::kRead;
  call.limit = kLimit;
  call.limit_key = "graphql";
  call.attempt_timeout = kAttempt;
  call.request.method = "POST";
  call.request.url = url_;
  call.request.max_response_bytes = kLongestReply;
  call.request.headers.emplace_back("Content-Type", "application/json");
  json body = json::object();
  body["query"] = text;
  body["variables"] = std::move(variables);
  call.request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  co_return co_await caller_.perform(std::move(call), deadline);
}

boost::asio::awaitable<Result<json>> GraphqlClient::query(std::string_view name, std::string subject,
                                                          std::string_view text, json variables, Deadline deadline) {
  Result<net::HttpResponse> reply = co_await post(name, subject, text, std::move(variables), deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  Result<json> data = parse_graphql(reply->body);
  if (data) co_return data;
  data.error().http_status = reply->status;
  data.error().request_id = printable(reply->header("fly-request-id"), 100);
  co_return fail_with(subject, std::move(data.error()));
}

boost::asio::awaitable<Result<std::string>> GraphqlClient::organization_id(std::string slug, Deadline deadline) {
  const auto known = organization_ids_.find(slug);
  if (known != organization_ids_.end()) co_return known->second;
  const std::string subject = fmt::format("organization {}: look up", slug);
  json variables = json::object();
  variables["slug"] = slug;
  Result<json> data = co_await query("organization", subject, kOrganization, std::move(variables), deadline);
  if (!data) co_return std::unexpected(std::move(data.error()));
  std::string id = json_text(json_field(*data, "organization"), "id");
  if (id.empty()) {
    co_return fail(ErrorKind::kNotFound, subject + ": there is no such organization, or the API token does not see it");
  }
  organization_ids_[slug] = id;
  co_return id;
}

boost::asio::awaitable<Result<std::vector<App>>> GraphqlClient::apps(std::string org_slug, Deadline deadline) {
  Result<std::string> organization = co_await organization_id(org_slug, deadline);
  if (!organization) co_return std::unexpected(std::move(organization.error()));
  const std::string subject = fmt::format("organization {}: list apps", org_slug);
  std::vector<App> all;
  std::string cursor;
  for (;;) {
    json variables = json::object();
    variables["org"] = *organization;
    if (!cursor.empty()) variables["after"] = cursor;
    Result<json> data = co_await query("apps", subject, kApps, std::move(variables), deadline);
    if (!data) co_return std::unexpected(std::move(data.error()));
    Result<AppPage> page = read_app_page(*data);
    if (!page) co_return fail_with(subject, std::move(page.error()));
    std::move(page->apps.begin(), page->apps.end(), std::back_inserter(all));
    if (page->next.empty()) co_return all;
    if (page->next == cursor) co_return fail(ErrorKind::kMalformed, subject + ": the pages do not end");
    cursor = std::move(page->next);
  }
}

boost::asio::awaitable<Result<bool>> GraphqlClient::release_in_progress(std::string app, Deadline deadline) {
  return checks_.in_progress(std::move(app), deadline);
}

boost::asio::awaitable<Result<bool>> GraphqlClient::release_of_one(std::string app, Deadline deadline) {
  const std::string subject = release_subject(app);
  json variables = json::object();
  variables["appName"] = app;
  Result<json> data = co_await query("current_release", subject, kRelease, std::move(variables), deadline);
  if (!data) co_return std::unexpected(std::move(data.error()));
  Result<bool> running = read_release_in_progress(json_field(*data, "app"));
  if (!running) co_return fail_with(subject, std::move(running.error()));
  co_return running;
}

boost::asio::awaitable<ReleaseChecks::Answers> GraphqlClient::releases(std::vector<std::string> apps,
                                                                       Deadline deadline) {
  if (apps.size() > 1) {
    Result<ReleaseChecks::Answers> together = co_await releases_together(apps, deadline);
    if (together) co_return std::move(*together);
    if (!may_differ_alone(together.error().kind)) {
      ReleaseChecks::Answers failed;
      for (const std::string& app : apps) failed.emplace_back(fail_with(release_subject(app), together.error()));
      co_return failed;
    }
  }
  std::vector<boost::asio::awaitable<Result<bool>>> alone;
  alone.reserve(apps.size());
  for (std::string& app : apps) alone.push_back(release_of_one(std::move(app), deadline));
  co_return co_await net::gather(std::move(alone));
}

boost::asio::awaitable<Result<ReleaseChecks::Answers>> GraphqlClient::releases_together(
    const std::vector<std::string>& apps, Deadline deadline) {
  std::string subject = fmt::format("asked for {} apps at once", apps.size());
  const std::string text = releases_query(apps.size());
  json variables = json::object();
  for (std::size_t i = 0; i < apps.size(); ++i) variables[release_alias(i)] = apps[i];
  Result<net::HttpResponse> reply = co_await post("current_release", subject, text, std::move(variables), deadline);
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  Result<ReleaseChecks::Answers> answers = read_releases(reply->body, apps.size());
  if (!answers) co_return fail_with(subject, std::move(answers.error()));
  for (std::size_t i = 0; i < apps.size(); ++i) {
    Result<bool>& answer = (*answers)[i];
    if (answer) continue;
    answer.error().request_id = printable(reply->header("fly-request-id"), 100);
    answer = fail_with(release_subject(apps[i]), std::move(answer.error()));
  }
  co_return answers;
}

}  // namespace fas::fly
