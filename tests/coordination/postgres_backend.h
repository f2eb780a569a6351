// Engines over a real Postgres.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "coordination/engines.h"
#include "tests/coordination/engine_fixture.h"
#include "tests/support/postgres_server.h"

namespace fas::coordination {

// Of the user admin at the server's port, unless `parameters`, in libpq's words, say otherwise.
PostgresEngineOptions engine_options(const test::PostgresServer& server, std::string group,
                                     const std::map<std::string, std::string>& parameters = {});

std::unique_ptr<Engine> postgres_engine(boost::asio::io_context& loop, Clock& clock, PostgresEngineOptions options);

}  // namespace fas::coordination
