// What has to hold of a configuration as a whole, in the words that users of the Go program know.
#pragma once

#include "config/collectors.h"
#include "config/draft.h"
#include "config/reading.h"

namespace fas::config {

// Reports what is missing or does not go together, and settles the counts: a plain one becomes both ends of its pair.
void check_draft(Reading& reading, Draft& draft, const CollectorKinds& kinds, Purpose purpose);

}  // namespace fas::config
