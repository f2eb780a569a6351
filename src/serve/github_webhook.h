// POST /api/v1/webhooks/github: GitHub says that a job waits, runs or has ended.
#pragma once

#include <cstddef>
#include <string>

#include "control/github_wakes.h"
#include "net/http_server.h"

namespace fas::serve {

// GitHub sends up to 25 MB of some events; a workflow_job is some 20 KiB.
constexpr std::size_t kMostWebhookBytes = 1U << 20U;

// 202 with how many apps were woken, or 200 for a `ping`; other events are taken and nothing is done. 403 without a
// configured secret, 401 without GitHub's signature by it, 400 for a body that is no workflow_job.
net::ServerResponse answer_github(const net::ServerRequest& request, const std::string& secret,
                                  control::GithubWakes& wakes);

}  // namespace fas::serve
