// What a failure of Postgres means to the engine. No I/O.
#pragma once

#include <string_view>

#include "base/error.h"

namespace fas::coordination {

// Of a statement: `state` is the SQLSTATE (Appendix A of Postgres' manual). Never kNotFound, which is for leases.
Error statement_failure(std::string_view state, std::string_view message);

// Of an attempt to connect, as metrics/postgres_error.h has it for a metric.
Error connect_failure(Error error);

bool is_undone(std::string_view state);  // and will do when repeated
bool is_missing_table(std::string_view state);
bool is_made_by_another(std::string_view state);  // what CREATE ... IF NOT EXISTS says to the second at once
bool is_read_only(std::string_view state);

}  // namespace fas::coordination
