// The one error type that crosses the program's interfaces. Nothing in src/ throws across a function that returns a
// Result: exceptions of libraries are caught at the edge and become an Error there.
#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace fas {

// What a caller can do about a failure, not where it came from.
enum class ErrorKind {
  kInvalid,         // the request, configuration or input is wrong; repeating it does not help
  kNotFound,        // 404: no such app, machine, lease, queue
  kConflict,        // 409: somebody else's lease, or a name that exists
  kPrecondition,    // 412: the machine is not in a state that allows this
  kRateLimited,     // 429: try again after `retry_after`
  kCapacity,        // the region has no room for the machine; another may
  kUnauthorized,    // 401, 403: the token is wrong or lacks the right
  kUnavailable,     // the call had no effect (not sent, or refused in passing); safe to repeat
  kUnknownOutcome,  // the call may or may not have had its effect (reply lost, 5xx on a change)
  kTimeout,         // a deadline passed before the call could have had an effect (a read, a wait, a queue)
  kCancelled,       // the caller gave up
  kMalformed,       // the other side's reply cannot be understood
  kInternal,        // a bug of ours
};

std::string_view to_string(ErrorKind kind);

// `message` says what happened, where, and where possible what to do; it never holds a secret. A caller that adds
// context puts it in front: "app worker: list machines: connection refused".
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  std::string request_id;                                // the `fly-request-id` of the reply, where there was one
  int http_status = 0;                                   // 0: no HTTP reply
  std::optional<std::chrono::milliseconds> retry_after;  // from a `Retry-After` header
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(
      Error{.kind = kind, .message = std::move(message), .request_id = {}, .http_status = 0, .retry_after = {}});
}

// The same error with "context: " in front of its message.
std::unexpected<Error> fail_with(std::string_view context, Error error);

}  // namespace fas
