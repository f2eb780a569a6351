#include <string>
#include <string_view>

#include "metrics/address.h"
#include "metrics/github.h"
#include "metrics/github_auth.h"

namespace fas::metrics {
namespace {

Result<void> validate_github(const Settings& settings) {
  if (settings.has("api-url")) {
    auto url = check_http_url("github api-url", settings.text("api-url"));
    if (!url) return url;
  }
  for (const std::string& repo : settings.list("repos")) {
    if (repo.empty()) return fail(ErrorKind::kInvalid, "github repos has an empty name in it");
  }
  return validate_github_auth(settings);
}

}  // namespace

SourceKind github_kind() {
  return {
      .type = "github",
      .doc = "How many jobs of GitHub Actions wait for, or run on, self-hosted runners.",
      .fields = {{.key = "owner",
                  .required = true,
                  .expands_app_name = true,
                  .env = "GITHUB_OWNER",
                  .doc = "The organisation or user whose repositories have the workflows."},
                 {.key = "repos",
                  .kind = FieldKind::kTextList,
                  .expands_app_name = true,
                  .env = "GITHUB_REPOS",
                  .doc = "Names of repositories, of another owner as owner/name; default: all that there are."},
                 {.key = "runner-scope",
                  .env = "GITHUB_RUNNER_SCOPE",
                  .doc = "What the owner is where repos is absent: repo means a user, org (the default) and ent an "
                         "organisation; a GitHub App is asked for the repositories that it is installed in.",
                  .choices = {"repo", "org", "ent"}},
                 {.key = "labels",
                  .kind = FieldKind::kTextList,
                  .expands_app_name = true,
                  .env = "GITHUB_LABELS",
                  .doc = "The runners' labels: a job counts when all of its own are among them; any case."},
                 {.key = "no-default-labels",
                  .kind = FieldKind::kBool,
                  .env = "GITHUB_NO_DEFAULT_LABELS",
                  .doc = "Whether the runners lack the labels self-hosted, linux and x64; default false."},
                 {.key = "value",
                  .env = "GITHUB_VALUE",
                  .doc = "Jobs that wait, that run, or both (the default).",
                  .choices = {"both", "queued", "in-progress"}},
                 {.key = "api-url",
                  .env = "GITHUB_API_URL",
                  .doc = "Default https://api.github.com; of GitHub Enterprise Server https://HOST/api/v3."},
                 {.key = "token", .kind = FieldKind::kSecret, .env = "GITHUB_TOKEN", .doc = "A personal access token."},
                 {.key = "app-id",
                  .env = "GITHUB_APP_ID",
                  .doc = "Id, or client id, of a GitHub App, in place of a token."},
                 {.key = "installation-id", .env = "GITHUB_INSTALLATION_ID", .doc = "Id of the App's installation."},
                 {.key = "private-key",
                  .kind = FieldKind::kSecret,
                  .env = "GITHUB_PRIVATE_KEY",
                  .doc = "The App's private key, as PEM text or a path."}},
      .validate = validate_github,
      .make = make_github,
  };
}

}  // namespace fas::metrics
