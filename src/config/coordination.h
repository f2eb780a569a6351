// The key `coordination`: what several autoscalers share their apps through. docs/coordination.md
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/duration.h"

namespace fas::net {
struct TlsSettings;
}

namespace fas::config {

enum class CoordinationEngine { kEtcd, kPostgres };

struct Coordination {
  CoordinationEngine engine = CoordinationEngine::kEtcd;
  std::string group = "default";  // of the members that share apps
  std::string member;             // this one's name; empty: FLY_MACHINE_ID, or the host's name
  std::string address;            // where the others reach this one's API; empty: FLY_PRIVATE_IP and `listen`
  Duration lease = std::chrono::seconds(20);  // whole seconds
  // etcd
  std::vector<std::string> endpoints;  // "host:port"
  std::string user, password;
  std::shared_ptr<const net::TlsSettings> tls;  // null: none
  // Postgres
  std::string dsn;

  // But for the TLS material.
  bool operator==(const Coordination& other) const;
};

}  // namespace fas::config
