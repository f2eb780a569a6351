// What Postgres' errors mean for a metric. No I/O.
#pragma once

#include <string_view>

#include "base/error.h"

namespace fas::metrics {

// Of a statement: `state` is the SQLSTATE (Appendix A of Postgres' manual), may be empty.
Error postgres_statement_error(std::string_view state, std::string_view message);

// Of an attempt to connect, where libpq gives a text only.
Error postgres_connect_error(std::string_view text);

}  // namespace fas::metrics
