// The source `http`: a number out of any HTTP endpoint, as JSON, as plain text, or off a page of metrics in the
// Prometheus exposition format. http_kind.cpp has its fields and their rules, http.cpp asks.
#pragma once

#include <cstdint>
#include <memory>

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind http_kind();

enum class HttpFormat : std::uint8_t { kJson, kText, kPrometheus };

// The field `format`, else what the other fields imply: kPrometheus with `metric`, kJson with `value`.
HttpFormat http_format(const Settings& settings);

Result<std::unique_ptr<Source>> make_http(const SourceContext& context, const Settings& settings);

}  // namespace fas::metrics
