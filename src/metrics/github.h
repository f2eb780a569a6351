// The source `github`: how many jobs of GitHub Actions wait for, or run on, self-hosted runners.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind github_kind();

// For github_kind() alone.
Result<std::unique_ptr<Source>> make_github(const SourceContext& context, const Settings& settings);

}  // namespace fas::metrics
