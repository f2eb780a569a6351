// The metric collectors: one of each type from the environment, any number from the file's `metric-collectors`, which
// replaces those of the environment as a whole.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/reading.h"
#include "metrics/registry.h"

namespace fas::config {

// The kinds that there are, passed in so that tests can bring their own.
struct CollectorKinds {
  std::span<const metrics::SourceKind> kinds;
  std::span<const metrics::Field> common;
};

// A type's collector is there when its first required variable is set (FAS_PROMETHEUS_ADDRESS).
std::vector<Collector> read_environment_collectors(Reading& reading, const CollectorKinds& kinds);

// `prefix` stands before the list's name in messages: "apps[0]." or nothing.
std::vector<Collector> read_collectors(Reading& reading, const YamlNode& node, const CollectorKinds& kinds,
                                       const std::string& prefix);

// What is missing, or does not go together, in the collectors as a whole: the messages of the Go program.
void check_collectors(Reading& reading, const std::vector<Collector>& collectors, const CollectorKinds& kinds,
                      const std::string& prefix);

}  // namespace fas::config
