#include "coordination/etcd_error.h"

#include <array>

namespace fas::coordination {
namespace {

// By a part of the text: etcd gives the same code to failures of very different kinds (api/v3rpc/rpctypes/error.go).
struct Known {
  std::string_view text;
  EtcdFailure failure;
};

constexpr EtcdFailure kNoCredentials = {.kind = ErrorKind::kUnauthorized,
                                        .remedy = "; check user and password, which this server wants"};
constexpr EtcdFailure kStaleToken = {
    .kind = ErrorKind::kUnauthorized, .remedy = "", .elsewhere = false, .stale_token = true};

constexpr std::array<Known, 10> kKnown = {{
    {"requested lease not found", {.kind = ErrorKind::kNotFound, .remedy = ""}},
    {"invalid auth token", kStaleToken},
    {"revision of auth store is old", kStaleToken},
    {"authentication failed", {.kind = ErrorKind::kUnauthorized, .remedy = "; check user and password"}},
    {"user name is empty", kNoCredentials},
    {"user name not found", kNoCredentials},
    {"authentication is not enabled",
     {.kind = ErrorKind::kInvalid, .remedy = "; leave out user and password, or enable it"}},
    {"permission denied",
     {.kind = ErrorKind::kUnauthorized,
      .remedy = "; grant the user's role the rights to read and write keys that begin with fly-autoscaler/"}},
    {"database space exceeded",
     {.kind = ErrorKind::kUnavailable, .remedy = "; compact and defragment etcd, or raise its quota"}},
    // gRPC's own, with a reason that seldom tells of TLS.
    {"failed to connect",
     {.kind = ErrorKind::kUnavailable,
      .remedy = "; check the address, and whether server and client agree on TLS and its certificates",
      .elsewhere = true}},
}};

enum : int {
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kPermissionDenied = 7,
  kFailedPrecondition = 9,
  kUnimplemented = 12,
  kUnauthenticated = 16,
};

}  // namespace

EtcdFailure etcd_failure(int code, std::string_view text) {
  for (const Known& known : kKnown) {
    if (text.contains(known.text)) return known.failure;
  }
  switch (code) {
    case kInvalidArgument:
    case kFailedPrecondition: return {.kind = ErrorKind::kInvalid, .remedy = ""};
    case kDeadlineExceeded: return {.kind = ErrorKind::kTimeout, .remedy = "", .elsewhere = true};
    case kPermissionDenied:
    case kUnauthenticated: return kNoCredentials;
    case kNotFound:
    case kUnimplemented:
      return {.kind = ErrorKind::kInvalid, .remedy = "; is this address that of an etcd, version 3.4 or later?"};
    default: return {.kind = ErrorKind::kUnavailable, .remedy = "", .elsewhere = true};
  }
}

}  // namespace fas::coordination
