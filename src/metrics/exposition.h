// Reader of the Prometheus text exposition format, version 0.0.4: the pages that exporters serve.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "metrics/reading.h"

namespace fas::metrics {

struct ExpositionQuery {
  std::string metric;  // a sample's full name: queue_depth, http_requests_bucket
  // Only samples with these label values; an empty value means that the label is absent or empty.
  std::map<std::string, std::string> labels;
};

// The samples of a page that the query asks for, in their order, with all their labels if `with_labels`. A page that
// breaks the format in any line is refused (kMalformed, with the line's number): half a page would be a wrong number.
Result<Reading> read_exposition(std::string_view page, const ExpositionQuery& query, bool with_labels);

}  // namespace fas::metrics
