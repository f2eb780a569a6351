// The engines there are.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "coordination/engine.h"
#include "metrics/postgres_options.h"
#include "net/tls_context.h"

namespace fas::coordination {

struct EtcdOptions {
  std::vector<std::string> endpoints;           // "host:port", of one cluster; at least one
  std::string user, password;                   // of etcd's own authentication; empty: none
  std::shared_ptr<const net::TlsSettings> tls;  // null: none
  // Of the members that share apps: everything stands under the keys "fly-autoscaler/GROUP/".
  std::string group;
};

struct PostgresEngineOptions {
  metrics::PostgresOptions server;
  std::string group;  // a column of the tables
};

// `loop` and `clock` outlive the engine. Errors: kInvalid (bad PEM text). Nothing is connected to yet.
Result<std::unique_ptr<Engine>> make_etcd_engine(boost::asio::io_context& loop, Clock& clock, EtcdOptions options);
Result<std::unique_ptr<Engine>> make_postgres_engine(boost::asio::io_context& loop, Clock& clock,
                                                     PostgresEngineOptions options);

}  // namespace fas::coordination
