#include "base/error.h"

#include <utility>

namespace fas {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kNotFound: return "not_found";
    case ErrorKind::kConflict: return "conflict";
    case ErrorKind::kPrecondition: return "precondition_failed";
    case ErrorKind::kRateLimited: return "rate_limited";
    case ErrorKind::kCapacity: return "capacity";
    case ErrorKind::kUnauthorized: return "unauthorized";
    case ErrorKind::kUnavailable: return "unavailable";
    case ErrorKind::kUnknownOutcome: return "unknown_outcome";
    case ErrorKind::kTimeout: return "timeout";
    case ErrorKind::kCancelled: return "cancelled";
    case ErrorKind::kMalformed: return "malformed";
    case ErrorKind::kInternal: return "internal";
  }
  return "internal";
}

std::unexpected<Error> fail_with(std::string_view context, Error error) {
  error.message.insert(0, ": ");
  error.message.insert(0, context);
  return std::unexpected(std::move(error));
}

}  // namespace fas
