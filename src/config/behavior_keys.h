// The keys of a policy that are maps or lists of maps: scale-up, scale-down, on-failure, limits, schedule.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "config/draft.h"
#include "config/key.h"

namespace fas::config {

std::span<const Key<AppDraft>> behavior_keys();

// Every key below those, for the documentation's test.
std::vector<std::string_view> behavior_key_names();

}  // namespace fas::config
