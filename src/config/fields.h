// Values of a collector's fields, read by the table that its kind declares (metrics/registry.h).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/reading.h"
#include "metrics/registry.h"

namespace fas::config {

// What a map in the file holds for `fields`. `prefix` is put before keys in messages: "metric-collectors[0]: ". Entries
// whose value is wrong are reported, marked as attempted and left out; null values count as not written.
metrics::Settings read_settings(Reading& reading, const std::vector<YamlEntry>& entries,
                                std::span<const metrics::Field> fields, const std::string& prefix);

// From an environment variable: lists at commas; maps and objects cannot be written there.
std::optional<metrics::FieldValue> read_field(Reading& reading, const metrics::Field& field, const Written& value);

// Whether every required field has a value. One that has neither a value nor been attempted is reported as
// "PREFIXTYPE KEY required".
bool require_fields(Reading& reading, const metrics::Settings& settings, std::span<const metrics::Field> fields,
                    const std::string& prefix, std::string_view type);

}  // namespace fas::config
