#include "serve/github_webhook.h"

#include <string_view>

#include "metrics/github_webhook.h"
#include "serve/reply.h"

namespace fas::serve {

net::ServerResponse answer_github(const net::ServerRequest& request, const std::string& secret,
                                  control::GithubWakes& wakes) {
  if (secret.empty()) {
    return error_reply(403,
                       "webhooks are not taken here: no github-webhook-secret is set; set it in the configuration");
  }
  // Whatever it says, it says nothing until it is known who says so.
  if (!metrics::is_github_signature(request.header("X-Hub-Signature-256"), request.body, secret)) {
    return error_reply(401,
                       "the signature is missing or wrong; the webhook's secret must be the github-webhook-secret");
  }
  const std::string_view event = request.header("X-GitHub-Event");
  if (event == "ping") return json_reply(200, {{"woken", 0}});
  if (event != "workflow_job") return json_reply(202, {{"woken", 0}});
  const Result<metrics::GithubJobEvent> read = metrics::read_github_job_event(request.body);
  if (!read) return error_reply(400, read.error().message);
  return json_reply(202, {{"woken", wakes.wake(*read)}});
}

}  // namespace fas::serve
