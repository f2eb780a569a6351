#include "sim/graphql_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <string>
#include <utility>

#include "sim/graphql_query.h"
#include "sim/json_text.h"
#include "sim/names.h"
#include "sim/reply.h"

namespace fas::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxPage = 200;

struct GraphqlError {
  std::string code;
  std::string message;
};
using Field = std::expected<Json, GraphqlError>;

std::unexpected<GraphqlError> not_found(std::string_view what) {
  return std::unexpected(GraphqlError{.code = "NOT_FOUND", .message = fmt::format("Could not find {}", what)});
}

std::string text(const Json& arguments, const char* name) {
  const auto found = arguments.find(name);
  return found != arguments.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json object(const Json& body, const char* name) {
  const auto found = body.find(name);
  return found != body.end() && found->is_object() ? *found : Json::object();
}

bool has_org(const World& world, std::string_view slug) {
  return std::ranges::any_of(world.apps(), [slug](const auto& entry) { return entry.second->org == slug; });
}

Json organization_json(const std::string& slug) { return {{"id", org_id(slug)}, {"slug", slug}, {"name", slug}}; }

Json release_json(const App& app) {
  if (!app.has_release) return nullptr;
  return {{"id", fmt::format("{}_{}", app.id, app.release_version)},
          {"version", app.release_version},
          {"status", app.release_status}};
}

Json app_json(const App& app) {
  return {{"id", app.name},
          {"name", app.name},
          {"status", "deployed"},
          {"deployed", true},
          {"organization", organization_json(app.org)},
          {"currentRelease", release_json(app)},
          {"currentReleaseUnprocessed", release_json(app)}};
}

Field organization(const World& world, const Json& arguments) {
  const std::string slug = text(arguments, "slug");
  if (!has_org(world, slug)) return not_found("Organization");
  return organization_json(slug);
}

Field app(World& world, const Json& arguments) {
  const App* found = world.find_app(text(arguments, "name"));
  if (found == nullptr) return not_found("App");
  return app_json(*found);
}

// The cursor is the name of the last app shown, so that apps that come and go meanwhile do not shift the pages.
Field apps(const World& world, const Json& arguments) {
  const std::string id = text(arguments, "organizationId");
  const auto first = arguments.find("first");
  std::size_t page = kMaxPage;
  if (first != arguments.end() && first->is_number()) {
    page = static_cast<std::size_t>(std::clamp(first->get<double>(), 1.0, static_cast<double>(kMaxPage)));
  }
  Json nodes = Json::array();
  std::string cursor = text(arguments, "after");
  bool more = false;
  bool known = id.empty();
  for (auto it = world.apps().begin(); it != world.apps().end(); ++it) {
    const App& candidate = *it->second;
    if (!id.empty() && org_id(candidate.org) != id) continue;
    known = true;
    if (candidate.name <= cursor) continue;
    more = nodes.size() == page;
    if (more) break;
    nodes.push_back(app_json(candidate));
  }
  if (!known) return not_found("Organization");
  Json end = nodes.empty() ? Json() : nodes.back()["name"];
  return Json{{"pageInfo", {{"hasNextPage", more}, {"endCursor", std::move(end)}}}, {"nodes", std::move(nodes)}};
}

Field resolve(World& world, const RootField& field) {
  if (field.name == "organization") return organization(world, field.arguments);
  if (field.name == "apps") return apps(world, field.arguments);
  if (field.name == "app") return app(world, field.arguments);
  return std::unexpected(GraphqlError{
      .code = "undefinedField", .message = fmt::format("Field '{}' doesn't exist on type 'Queries'", field.name)});
}

Json error_json(const GraphqlError& error) {
  return {{"message", error.message}, {"extensions", {{"code", error.code}}}};
}

}  // namespace

net::ServerResponse answer_graphql(World& world, const net::ServerRequest& request) {
  const Json body = read_json(request.body).value_or(Json());
  const auto fields = body.is_object() ? read_query(text(body, "query"), object(body, "variables")) : std::nullopt;
  if (!fields) return json_reply(400, {{"errors", {error_json({"parseError", "Parse error on the query"})}}});
  Json data = Json::object();
  Json errors = Json::array();
  for (const RootField& field : *fields) {
    Field value = resolve(world, field);
    data[field.alias] = value ? std::move(*value) : Json();
    if (!value) {
      errors.push_back(error_json(value.error()));
      errors.back()["path"] = Json::array({field.alias});
    }
  }
  Json reply = Json::object();
  if (!errors.empty()) reply["errors"] = std::move(errors);
  reply["data"] = std::move(data);
  return json_reply(200, reply);
}

net::ServerResponse graphql_unauthorized() {
  return json_reply(200, {{"errors", {error_json({"UNAUTHORIZED", "You must be authenticated to view this."})}}});
}

}  // namespace fas::sim
