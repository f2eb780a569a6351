// What the error codes of Kafka and of librdkafka mean for a metric. No I/O.
#pragma once

#include <string_view>

#include "base/error.h"

namespace fas::metrics {

// `code` is one of rd_kafka_resp_err_t: those from 1 on are the protocol's, those below -1 the library's own. `text`
// says what happened; empty: what the library calls that code.
Error kafka_failure(int code, std::string_view text);

// Whether the server refuses the login or the TLS settings, so that waiting on is of no use.
bool is_kafka_refusal(int code);

}  // namespace fas::metrics
