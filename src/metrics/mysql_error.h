// What the errors of MySQL, MariaDB and their client library mean for a metric. No I/O.
#pragma once

#include <string_view>

#include "base/error.h"

namespace fas::metrics {

// `code` as in the manual's "Server Error Message Reference" (from 1000 and from 3000 on) and "Client Error Message
// Reference" (2000 to 2999); `state` is the SQLSTATE, may be empty.
Error mysql_failure(unsigned code, std::string_view state, std::string_view message);

// Whether the connection is of no use after this error.
bool ends_mysql_connection(unsigned code);

}  // namespace fas::metrics
