// What a gRPC status of etcd means. No I/O.
#pragma once

#include <string_view>

#include "base/error.h"

namespace fas::coordination {

struct EtcdFailure {
  ErrorKind kind = ErrorKind::kUnavailable;
  std::string_view remedy;   // to follow the server's text; may be empty
  bool elsewhere = false;    // another server of the cluster may do better
  bool stale_token = false;  // the same with a new token
};

// `code` as gRPC numbers them, not OK; `text` is the server's, or gRPC's own.
EtcdFailure etcd_failure(int code, std::string_view text);

}  // namespace fas::coordination
