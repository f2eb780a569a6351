#include "fly/api_caller.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace fas::fly {

using net::Effect;
using net::HttpResponse;

namespace {

// A read that came to nothing had no effect, whatever became of the request.
ErrorKind kind_of_failed_read(ErrorKind kind, bool deadline_passed) {
  if (kind != ErrorKind::kUnknownOutcome && kind != ErrorKind::kTimeout) return kind;
  return deadline_passed ? ErrorKind::kTimeout : ErrorKind::kUnavailable;
}

}  // namespace

ApiCaller::ApiCaller(net::HttpTransport& http, Clock& clock, const ClientOptions& options, std::string authorization)
    : http_(http),
      clock_(clock),
      authorization_(std::move(authorization)),
      user_agent_(options.user_agent),
      observer_(options.observer),
      limiter_(options.limiter ? options.limiter : std::make_shared<net::RateLimiter>(clock)),
      tls_(options.tls),
      retry_(options.retry),
      jitter_(options.jitter) {}

boost::asio::awaitable<Result<HttpResponse>> ApiCaller::perform(ApiCall call, Deadline deadline) {
  net::Retry retry(retry_, call.effect, jitter_);
  std::optional<Error> last;
  for (;;) {
    Result<void> turn = co_await limiter_->acquire(call.limit_key, call.limit, deadline);
    if (!turn) co_return fail_with(call.subject, last ? std::move(*last) : std::move(turn.error()));
    Result<HttpResponse> reply = co_await attempt(call, deadline);
    if (reply) co_return reply;
    const auto delay = retry.next(reply.error(), clock_.now(), deadline);
    if (reply.error().kind == ErrorKind::kRateLimited) {
      const auto told = reply.error().retry_after.value_or(std::chrono::milliseconds(1000));
      limiter_->penalize(call.limit_key, call.limit, told);
    }
    if (!delay) co_return fail_with(call.subject, std::move(reply.error()));
    last = std::move(reply.error());
    co_await clock_.sleep_until(clock_.now() + *delay);
  }
}

boost::asio::awaitable<Result<HttpResponse>> ApiCaller::attempt(const ApiCall& call, Deadline deadline) {
  net::HttpRequest request = call.request;
  request.headers.emplace_back("Authorization", authorization_);
  request.headers.emplace_back("User-Agent", user_agent_);
  request.tls = tls_;
  const TimePoint begin = clock_.now();
  const Deadline own_deadline = deadline - begin > call.attempt_timeout ? begin + call.attempt_timeout : deadline;
  Result<HttpResponse> reply = co_await http_.send(std::move(request), own_deadline);
  if (observer_) observer_(call.name, reply ? reply->status : 0, clock_.now() - begin);
  if (!reply) {
    if (call.effect == Effect::kRead) {
      reply.error().kind = kind_of_failed_read(reply.error().kind, clock_.now() >= deadline);
    }
    co_return reply;
  }
  if (reply->status >= 200 && reply->status < 300) co_return reply;
  co_return std::unexpected(error_of_reply(*reply, call.effect, clock_.wall_now()));
}

}  // namespace fas::fly
