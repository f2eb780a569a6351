// The configuration as it was written, fit to be shown.
#pragma once

#include <span>

#include "config/config.h"
#include "serve/reply.h"

namespace fas::serve {

// A tree with the file's keys; every value is a text. What came from the environment stands under its variable's name.
Json config_tree(std::span<const config::ShownSetting> settings);

}  // namespace fas::serve
