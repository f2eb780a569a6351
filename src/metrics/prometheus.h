// The source `prometheus`: an instant query to a server that speaks Prometheus' HTTP API (Prometheus, VictoriaMetrics,
// Mimir, Cortex, Thanos, Fly's own). Its fields are described in the kind's table and in docs/sources/prometheus.md.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind prometheus_kind();

}  // namespace fas::metrics
