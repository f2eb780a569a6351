// What GitHub pushes: deliveries of webhooks.
// https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_job
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "metrics/github_reply.h"

namespace fas::metrics {

// A delivery of the event `workflow_job`.
struct GithubJobEvent {
  std::string repo;  // "owner/name", in lower case
  GithubJob job;     // `queued` is false whatever its state, once it does not wait any more
};

// The body of a `workflow_job`. Errors: kMalformed, with nothing of the body in the message.
Result<GithubJobEvent> read_github_job_event(std::string_view body);

// Is `header` (X-Hub-Signature-256) the signature of `body` by `secret`? It takes as long for a wrong one as for the
// right one. False for an empty secret.
bool is_github_signature(std::string_view header, std::string_view body, std::string_view secret);

}  // namespace fas::metrics
