// What the engine Postgres asks of its tables: each call a statement that commits on its own, so that no session has
// any state and a pooler in transaction mode may give every statement to another. No I/O.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordination/engine.h"

namespace fas::coordination {

// As Postgres takes it in its binary format.
struct PostgresParameter {
  unsigned type = 0;  // the Oid
  std::string value;
};

struct PostgresStatement {
  std::string sql;
  std::vector<PostgresParameter> parameters;
};

using PostgresRow = std::vector<std::optional<std::string>>;  // text as it is, bytea as its bytes
using PostgresRows = std::vector<PostgresRow>;

// To be run one after the other; each is well when it has been done before. The members' table is the last.
std::vector<PostgresStatement> create_statements();

// Ends what has run out. Before a claim or a join, which must see nothing of it.
PostgresStatement expire_statement(const std::string& group);

// No row: the name is a living member's.
PostgresStatement join_statement(const std::string& group, const Member& member, std::chrono::milliseconds ttl);
// No row: the lease has ended.
PostgresStatement renew_statement(const std::string& group, const Lease& lease);
PostgresStatement leave_statement(const std::string& group, const Lease& lease);

// Of the members and the apps that they own, and what look_statement() would have said in the same moment.
PostgresStatement view_statement(const std::string& group);
struct PostgresView {
  View view;
  std::string seen;
};
PostgresView read_view(const PostgresRows& rows);

// One text, another one after each change of members or owners.
PostgresStatement look_statement(const std::string& group);

// `apps` without doubles.
PostgresStatement claim_statement(const std::string& group, const Lease& lease, const std::vector<std::string>& apps);
// Adds what is the lease's to `holdings`; false when the lease has ended.
bool read_claim(const PostgresRows& rows, Holdings& holdings);

enum class PostgresKeeping { kSave, kRelease };
struct AppMemory {
  std::string app;
  Holding holding;
};
PostgresStatement keep_statement(PostgresKeeping what, const std::string& group, const Lease& lease,
                                 const std::vector<AppMemory>& memories);
// The apps that were kept; nullopt when the lease has ended.
std::optional<std::set<std::string>> read_kept(const PostgresRows& rows);

}  // namespace fas::coordination
