// The source `sqs`: how many messages a queue of Amazon SQS has.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind sqs_kind();

}  // namespace fas::metrics
