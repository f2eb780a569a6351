// Fly's GraphQL API: organisations, their apps, releases.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fly/api_caller.h"
#include "fly/platform.h"
#include "fly/release_checks.h"

namespace fas::fly {

class GraphqlClient final : public Platform {
 public:
  // `http` and `clock` outlive the client, and the client its calls. `options.base_url` is without the /graphql:
  // "https://api.fly.io". An organisation's id is asked for once.
  GraphqlClient(net::HttpTransport& http, Clock& clock, const ClientOptions& options);

  boost::asio::awaitable<Result<std::vector<App>>> apps(std::string org_slug, Deadline deadline) override;
  boost::asio::awaitable<Result<bool>> release_in_progress(std::string app, Deadline deadline) override;

 private:
  // `name` is for metrics; `subject` is what errors begin with.
  boost::asio::awaitable<Result<net::HttpResponse>> post(std::string_view name, std::string subject,
                                                         std::string_view text, nlohmann::json variables,
                                                         Deadline deadline);
  // The reply's `data`.
  boost::asio::awaitable<Result<nlohmann::json>> query(std::string_view name, std::string subject,
                                                       std::string_view text, nlohmann::json variables,
                                                       Deadline deadline);
  boost::asio::awaitable<Result<std::string>> organization_id(std::string slug, Deadline deadline);
  boost::asio::awaitable<Result<bool>> release_of_one(std::string app, Deadline deadline);
  boost::asio::awaitable<ReleaseChecks::Answers> releases(std::vector<std::string> apps, Deadline deadline);
  // In one call. The error is none of an app's own.
  boost::asio::awaitable<Result<ReleaseChecks::Answers>> releases_together(const std::vector<std::string>& apps,
                                                                           Deadline deadline);

  std::string url_;
  ApiCaller caller_;
  std::unordered_map<std::string, std::string> organization_ids_;  // by slug
  ReleaseChecks checks_;
};

// What is in the replies' text; kept apart from the calls so that garbage can be thrown at it.
struct AppPage {
  std::vector<App> apps;
  std::string next;  // the cursor of the page that follows; empty: this was the last
};
Result<nlohmann::json> parse_graphql(const std::string& body);
Result<AppPage> read_app_page(const nlohmann::json& data);
// `app`: the value of the field `app` of the reply's data.
Result<bool> read_release_in_progress(const nlohmann::json& app);
// Under which the release of the i-th of many apps is asked for.
std::string release_alias(std::size_t i);
// The reply for `apps` of them. An error in it that names an alias is that app's, whatever data came with it; any other
// is the whole reply's, for it may be about each of them.
Result<ReleaseChecks::Answers> read_releases(const std::string& body, std::size_t apps);

}  // namespace fas::fly
