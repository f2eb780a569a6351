// The source `exec`: a number that a program of the user's own prints.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind exec_kind();

}  // namespace fas::metrics
