// The JSON that GitHub's REST API answers with about repositories, workflow runs and their jobs.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fas::metrics {

struct GithubJob {
  bool queued = false;              // else in progress
  std::vector<std::string> labels;  // in lower case
};

// One page of a list, or several put together; of a list that is not about them, repos, runs or jobs are empty.
struct GithubPage {
  std::vector<std::string> repos;  // "owner/name"; without archived and disabled ones, which run nothing
  std::vector<std::int64_t> runs;  // ids
  std::vector<GithubJob> jobs;     // those queued or in progress
  std::string next;                // the next page's URL; empty: this is the last
};

// A list of repositories, workflow runs or jobs. Errors: kMalformed for anything else.
Result<GithubPage> read_github_page(std::string_view body);

// The URL of rel="next" in a Link header (RFC 8288); empty when there is none.
std::string github_next_link(std::string_view header);

// "Not Found" of an error reply; empty when it is none.
std::string github_error_text(std::string_view body);

struct GithubToken {
  std::string token;
  WallTime ends;
};

// The reply to a request for an installation token. Errors: kMalformed, without anything of the reply.
Result<GithubToken> read_github_token(std::string_view body);

// Could a runner with these labels (in lower case) take the job?
bool runner_takes(const std::set<std::string>& runner_labels, const GithubJob& job);

}  // namespace fas::metrics
