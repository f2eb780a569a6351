// docs/openapi.json, in the program.
#pragma once

#include <string>

namespace fas::serve {

std::string openapi_text();

}  // namespace fas::serve
