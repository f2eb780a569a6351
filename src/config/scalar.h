// From a value as written to a typed one. Each reports what is wrong to `reading` and returns nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "config/reading.h"

namespace fas::config {

std::optional<Duration> read_duration(Reading& reading, const Written& value);  // at least 0
std::optional<Duration> read_positive_duration(Reading& reading, const Written& value);
std::optional<std::int64_t> read_integer(Reading& reading, const Written& value);
std::optional<double> read_number(Reading& reading, const Written& value);  // finite
// true and false in YAML 1.1's spellings, too: yes, no, on, off, y, n.
std::optional<bool> read_bool(Reading& reading, const Written& value);

// Parts of a text at commas, trimmed, empty ones left out: how a list is written in an environment variable.
std::vector<std::string> split_list(std::string_view text);

}  // namespace fas::config
