#include <fmt/format.h>

#include <array>
#include <cstddef>

#include "metrics/http_call.h"
#include "metrics/temporal_client.h"

namespace fas::metrics {
namespace {

struct Meaning {
  std::string_view name;
  ErrorKind kind;
  std::string_view remedy;
};

// By gRPC's number.
constexpr std::array<Meaning, 17> kMeanings = {{
    {"OK", ErrorKind::kInternal, ""},
    {"CANCELLED", ErrorKind::kUnavailable, ""},
    {"UNKNOWN", ErrorKind::kUnavailable, ""},
    {"INVALID_ARGUMENT", ErrorKind::kInvalid, "; check query and namespace"},
    {"DEADLINE_EXCEEDED", ErrorKind::kTimeout, ""},
    {"NOT_FOUND", ErrorKind::kNotFound, "; check namespace and task-queue"},
    {"ALREADY_EXISTS", ErrorKind::kInvalid, ""},
    {"PERMISSION_DENIED", ErrorKind::kUnauthorized,
     "; check api-key or the client certificate, and that it may read this namespace"},
    {"RESOURCE_EXHAUSTED", ErrorKind::kRateLimited, "; ask less often"},
    {"FAILED_PRECONDITION", ErrorKind::kInvalid, ""},
    {"ABORTED", ErrorKind::kUnavailable, ""},
    {"OUT_OF_RANGE", ErrorKind::kInvalid, ""},
    {"UNIMPLEMENTED", ErrorKind::kInvalid, "; is this address that of a Temporal frontend?"},
    {"INTERNAL", ErrorKind::kUnavailable, ""},
    {"UNAVAILABLE", ErrorKind::kUnavailable,
     "; check the address, and whether the server wants TLS (tls, api-key, cert-data) or plain text"},
    {"DATA_LOSS", ErrorKind::kUnavailable, ""},
    {"UNAUTHENTICATED", ErrorKind::kUnauthorized, "; check api-key or the client certificate"},
}};

}  // namespace

Error temporal_error(int code, std::string_view text) {
  const std::size_t index = static_cast<std::size_t>(code);
  const Meaning& meaning = kMeanings.at(code > 0 && index < kMeanings.size() ? index : 2);
  Error error;
  error.kind = meaning.kind;
  error.message =
      fmt::format("{}: {}{}", meaning.name, text.empty() ? "no reason given" : one_line(text), meaning.remedy);
  return error;
}

}  // namespace fas::metrics
