// The configuration's top-level keys: one table for the environment and the file.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "config/collectors.h"
#include "config/reading.h"

namespace fas::config {

// One pair of counts as written. An empty expression counts as not written, as in the Go program.
struct CountTexts {
  std::optional<Expression> exact, min, max;
};

// A configuration while it is being put together; check_draft() makes it whole.
struct Draft {
  Config config;
  CountTexts created, started;
};

struct Key {
  std::string_view name;  // in the file
  std::string_view env;   // empty: the file only
  bool is_list = false;   // of texts; at commas in the environment
  bool secret = false;
  // For a list, called with its parts joined by commas.
  void (*set)(Reading& reading, Draft& draft, const Written& value);
};

// All but `metric-collectors`.
std::span<const Key> top_level_keys();

void read_environment(Reading& reading, Draft& draft, const CollectorKinds& kinds);

// Key by key over what the environment has set; a key without a value counts as not written.
void read_file(Reading& reading, Draft& draft, const YamlNode& root, const CollectorKinds& kinds);

}  // namespace fas::config
