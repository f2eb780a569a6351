// The configuration's top-level keys: those of the process, and those of a policy, which the entries of `apps` take,
// too.
#pragma once

#include <vector>

#include "config/collectors.h"
#include "config/draft.h"
#include "config/key.h"
#include "config/reading.h"

namespace fas::config {

// All but `metric-collectors` and `apps`.
std::vector<KeyName> top_level_keys();

// A JSON schema (draft 7) of a whole file, for editors. A value may always be a text with variables ("$NAME").
nlohmann::ordered_json schema(const CollectorKinds& kinds);

void read_environment(Reading& reading, Draft& draft, const CollectorKinds& kinds);

// Key by key over what the environment has set; a key without a value counts as not written.
void read_file(Reading& reading, Draft& draft, const YamlNode& root, const CollectorKinds& kinds);

}  // namespace fas::config
