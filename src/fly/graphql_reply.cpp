// What is in the replies of the GraphQL API.
#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>

#include "base/text.h"
#include "fly/excerpt.h"
#include "fly/graphql_client.h"
#include "fly/json.h"

namespace fas::fly {

using nlohmann::json;

namespace {

// By the error's code, else by its wording: the API sends errors with status 200.
ErrorKind kind_of(const std::string& code, const std::string& message) {
  const std::string text = to_lower_ascii(code + ' ' + message);
  const auto says = [&](std::string_view words) { return text.find(words) != std::string::npos; };
  if (says("not_found") || says("could not find") || says("not found")) return ErrorKind::kNotFound;
  if (says("unauthorized") || says("unauthenticated") || says("forbidden") || says("not authorized")) {
    return ErrorKind::kUnauthorized;
  }
  if (says("rate_limit") || says("rate limit") || says("too many requests")) return ErrorKind::kRateLimited;
  if (says("internal") || says("server_error") || says("timeout") || says("unavailable")) {
    return ErrorKind::kUnavailable;
  }
  return ErrorKind::kInvalid;
}

std::unexpected<Error> error_of(const json& error) {
  constexpr std::size_t kLongest = 500;
  const std::string message = printable(json_text(error, "message"), kLongest);
  const std::string code = json_text(json_field(error, "extensions"), "code");
  return fail(kind_of(code, message), message.empty() ? "an error without a message" : message);
}

// What an error of the reply is about: the alias at the query's root.
std::string root_of(const json& error) {
  const json& path = json_field(error, "path");
  return path.is_array() && !path.empty() && path.front().is_string() ? path.front().get<std::string>() : std::string();
}

std::unexpected<Error> no_such(std::string_view what) {
  return fail(ErrorKind::kMalformed, fmt::format("the reply has no {}", what));
}

}  // namespace

Result<json> parse_graphql(const std::string& body) {
  json reply = parse_json(body);
  if (!reply.is_object()) return fail(ErrorKind::kMalformed, "the reply is not a JSON object, but " + excerpt(body));
  const json& errors = json_field(reply, "errors");
  if (errors.is_array() && !errors.empty()) return error_of(errors.front());
  const auto data = reply.find("data");
  if (data == reply.end() || !data->is_object()) return no_such("data");
  return std::move(*data);
}

Result<AppPage> read_app_page(const json& data) {
  const json& apps = json_field(data, "apps");
  const json& nodes = json_field(apps, "nodes");
  const json& info = json_field(apps, "pageInfo");
  if (!nodes.is_array() || !info.is_object()) return no_such("page of apps");
  AppPage page;
  for (const json& node : nodes) {
    App app{.name = json_text(node, "name"), .status = json_text(node, "status")};
    if (!app.name.empty()) page.apps.push_back(std::move(app));
  }
  const json& more = json_field(info, "hasNextPage");
  if (!more.is_boolean()) return no_such("hasNextPage");
  if (more.get<bool>()) {
    page.next = json_text(info, "endCursor");
    // Half of the apps taken for all would make the program forget the rest.
    if (page.next.empty()) return no_such("endCursor, though more apps follow");
  }
  return page;
}

Result<bool> read_release_in_progress(const json& app) {
  if (app.is_null()) return fail(ErrorKind::kNotFound, "there is no such app, or the API token does not see it");
  if (!app.is_object() || !app.contains("currentRelease")) return no_such("current release");
  const json& release = app["currentRelease"];
  if (release.is_null()) return false;
  const json& status = json_field(release, "status");
  if (!status.is_string()) return no_such("status of the current release");
  return to_lower_ascii(json_text(release, "status")) == "running";
}

std::string release_alias(std::size_t i) { return fmt::format("a{}", i); }

Result<ReleaseChecks::Answers> read_releases(const std::string& body, std::size_t apps) {
  const json reply = parse_json(body);
  if (!reply.is_object()) return fail(ErrorKind::kMalformed, "the reply is not a JSON object, but " + excerpt(body));
  std::map<std::string, const json*> aliases;
  for (std::size_t i = 0; i < apps; ++i) aliases.emplace(release_alias(i), nullptr);
  if (const json& errors = json_field(reply, "errors"); errors.is_array()) {
    for (const json& error : errors) {
      const auto alias = aliases.find(root_of(error));
      if (alias == aliases.end()) return error_of(error);
      alias->second = &error;
    }
  }
  const json& data = json_field(reply, "data");
  if (!data.is_object()) return no_such("data");
  ReleaseChecks::Answers answers;
  for (std::size_t i = 0; i < apps; ++i) {
    const std::string alias = release_alias(i);
    const json* error = aliases.at(alias);
    answers.push_back(error != nullptr ? error_of(*error) : read_release_in_progress(json_field(data, alias)));
  }
  return answers;
}

}  // namespace fas::fly
