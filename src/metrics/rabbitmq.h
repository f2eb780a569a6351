// The source `rabbitmq`: how long queues are, or how fast they move, from RabbitMQ's management API.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind rabbitmq_kind();

}  // namespace fas::metrics
