// The JSON that Amazon SQS, or a server that is compatible with it, answers with.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace fas::metrics {

struct SqsCounts {
  double visible = 0;
  double in_flight = 0;  // received, and not yet deleted or visible again
  double delayed = 0;
};

// Errors: kMalformed for what is no such reply, or one that lacks a count.
Result<SqsCounts> read_sqs_counts(std::string_view body);

struct SqsError {
  std::string type;  // "QueueDoesNotExist"; empty: it is no error reply
  std::string message;
};
SqsError read_sqs_error(std::string_view body);

// What a caller can do about it, by the error's type and the reply's status.
ErrorKind sqs_error_kind(std::string_view type, int status);

}  // namespace fas::metrics
