#include "metrics/github.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "metrics/github_client.h"
#include "metrics/github_scope.h"
#include "metrics/reading.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

constexpr int kMostRepoPages = 20;
constexpr int kMostRunPages = 10;  // GitHub itself shows no more
constexpr int kMostJobPages = 10;  // a run has at most 256 jobs a matrix

// "/repos/OWNER/NAME", either from a name alone or from "owner/name".
std::string repo_path(std::string_view owner, std::string_view repo) {
  const std::size_t slash = repo.find('/');
  if (slash != std::string_view::npos) {
    owner = repo.substr(0, slash);
    repo.remove_prefix(slash + 1);
  }
  return fmt::format("/repos/{}/{}", net::percent_encode(owner), net::percent_encode(repo));
}

class GithubSource final : public Source {
 public:
  GithubSource(const SourceContext& context, const Settings& settings, PrivateKey key)
      : clock_(&context.clock),
        options_(common_options(settings)),
        client_(context, settings, std::move(key), options_.tls),
        scope_(settings),
        of_user_(settings.text("runner-scope") == "repo"),
        queued_(settings.text("value") != "in-progress"),
        in_progress_(settings.text("value") != "queued") {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    if (client_.limited_for()) co_return kept(query.app);
    Result<Reading> reading = co_await count(query.app, deadline);
    if (reading) {
      keep(query.app, *reading);
      co_return to_sample(std::move(*reading), options_, clock_->wall_now(),
                          fmt::format("github: {} has no repository that runs anything", scope_.owner(query.app)));
    }
    if (client_.limited_for()) co_return kept(query.app);
    co_return std::unexpected(std::move(reading.error()));
  }

 private:
  struct Repo {
    std::string name;  // "owner/name"
    std::set<std::int64_t> runs;
  };
  struct Kept {
    Reading reading;
    TimePoint since;
  };

  void keep(const std::string& app, const Reading& reading) {
    const TimePoint now = clock_->now();
    constexpr std::size_t kSweep = 1024;                   // apps come and go
    const Duration longest_limit = std::chrono::hours(1);  // for which GitHub takes no calls
    if (kept_.size() >= kSweep) {
      std::erase_if(kept_, [&](const auto& entry) { return now - entry.second.since > longest_limit; });
    }
    kept_.insert_or_assign(app, Kept{.reading = reading, .since = now});
  }

  // While GitHub takes no calls, what it said last still is the best guess; `max-age` bounds it.
  Result<Sample> kept(const std::string& app) const {
    const Duration wait = client_.limited_for().value_or(Duration{0});
    const std::string why = fmt::format("github's rate limit is used up for another {}",
                                        format_duration(std::chrono::ceil<std::chrono::seconds>(wait)));
    const auto found = kept_.find(app);
    if (found == kept_.end()) {
      Error error{.kind = ErrorKind::kRateLimited,
                  .message = why + "; ask less often, name the repositories in repos, or use a GitHub App",
                  .request_id = {},
                  .http_status = 0,
                  .retry_after = std::chrono::ceil<std::chrono::milliseconds>(wait)};
      return std::unexpected(std::move(error));
    }
    Reading reading = found->second.reading;
    reading.warnings.push_back(why + "; this is the value from before");
    return to_sample(std::move(reading), options_, clock_->wall_now(), why);
  }

  asio::awaitable<Result<Reading>> count(std::string app, Deadline deadline) {
    Result<std::vector<Repo>> repos = co_await find_repos(app, deadline);
    if (!repos) co_return std::unexpected(std::move(repos.error()));
    Result<void> runs = co_await find_runs(*repos, deadline);
    if (!runs) co_return std::unexpected(std::move(runs.error()));
    std::vector<std::string> paths;
    for (const Repo& repo : *repos) {
      for (const std::int64_t run : repo.runs) {
        paths.push_back(fmt::format("{}/actions/runs/{}/jobs?per_page=100", repo_path("", repo.name), run));
      }
    }
    // A run may have been deleted since.
    Result<std::vector<GithubPage>> jobs = co_await client_.lists(std::move(paths), kMostJobPages, true, deadline);
    if (!jobs) co_return std::unexpected(std::move(jobs.error()));
    co_return add_up(*repos, *jobs, app);
  }

  asio::awaitable<Result<std::vector<Repo>>> find_repos(std::string app, Deadline deadline) {
    std::vector<Repo> repos;
    std::vector<std::string> names = scope_.repos(app);
    repos.reserve(names.size());
    for (std::string& name : names) repos.push_back({.name = std::move(name), .runs = {}});
    if (!repos.empty()) co_return repos;
    const std::string owner = scope_.owner(app);
    const std::string all = client_.is_app() ? "/installation/repositories?per_page=100"
                                             : fmt::format("/{}/{}/repos?per_page=100", of_user_ ? "users" : "orgs",
                                                           net::percent_encode(owner));
    Result<GithubPage> page = co_await client_.list(all, kMostRepoPages, deadline);
    if (!page) co_return std::unexpected(std::move(page.error()));
    const std::string prefix = to_lower_ascii(owner) + "/";
    for (std::string& name : page->repos) {
      if (to_lower_ascii(name).starts_with(prefix)) repos.push_back({.name = std::move(name), .runs = {}});
    }
    co_return repos;
  }

  // A run in progress may have jobs that still wait; one that waits has no job in progress.
  asio::awaitable<Result<void>> find_runs(std::vector<Repo>& repos, Deadline deadline) {
    std::vector<std::string> statuses = {"in_progress"};
    if (queued_) statuses.emplace_back("queued");
    std::vector<std::string> paths;
    for (const Repo& repo : repos) {
      for (const std::string& status : statuses) {
        paths.push_back(fmt::format("{}/actions/runs?status={}&per_page=100", repo_path("", repo.name), status));
      }
    }
    Result<std::vector<GithubPage>> pages = co_await client_.lists(std::move(paths), kMostRunPages, false, deadline);
    if (!pages) co_return std::unexpected(std::move(pages.error()));
    for (std::size_t i = 0; i < pages->size(); ++i) {
      const std::vector<std::int64_t>& runs = (*pages)[i].runs;
      repos[i / statuses.size()].runs.insert(runs.begin(), runs.end());
    }
    co_return Result<void>{};
  }

  // `jobs` has an entry for each run of each repository, in this order.
  Reading add_up(const std::vector<Repo>& repos, const std::vector<GithubPage>& jobs, std::string_view app) const {
    const std::set<std::string> labels = scope_.labels(app);
    Reading reading;
    std::size_t next = 0;
    for (const Repo& repo : repos) {
      double count = 0;
      for (std::size_t i = 0; i < repo.runs.size(); ++i) count += count_jobs(jobs[next++], labels);
      if (options_.series || reading.points.empty()) {
        ReadPoint point{.point = {.labels = {}, .value = count}, .at = clock_->wall_now()};
        if (options_.series) point.point.labels = {{"repo", repo.name}};
        reading.points.push_back(std::move(point));
      } else {
        reading.points.front().point.value += count;
      }
    }
    return reading;
  }

  double count_jobs(const GithubPage& page, const std::set<std::string>& labels) const {
    const auto counts = [&](const GithubJob& job) {
      return (job.queued ? queued_ : in_progress_) && runner_takes(labels, job);
    };
    return static_cast<double>(std::ranges::count_if(page.jobs, counts));
  }

  Clock* clock_;
  CommonOptions options_;
  GithubClient client_;
  GithubScope scope_;
  bool of_user_;
  bool queued_;
  bool in_progress_;
  std::map<std::string, Kept> kept_;  // by app: the last that was counted
};

}  // namespace

Result<std::unique_ptr<Source>> make_github(const SourceContext& context, const Settings& settings) {
  PrivateKey key;
  if (!settings.text("private-key").empty()) {
    Result<PrivateKey> read = read_rsa_key(settings.text("private-key"));
    if (!read) return fail(ErrorKind::kInvalid, "github private-key " + read.error().message);
    key = std::move(*read);
  }
  return std::make_unique<GithubSource>(context, settings, std::move(key));
}

}  // namespace fas::metrics
