// Identifiers that look like the platform's own.
#pragma once

#include <string>
#include <string_view>

#include "sim/random.h"

namespace fas::sim {

std::string machine_id(Random& random);    // "3d8d413b29d089"
std::string machine_name(Random& random);  // "quiet-river-4821"
std::string instance_id(Random& random);   // "01" and 24 letters and digits, as a ULID
std::string private_ip(Random& random);    // "fdaa:0:18:a7b:7d:..."
std::string nonce(Random& random);
std::string app_id(std::string_view name);
std::string org_id(std::string_view slug);

}  // namespace fas::sim
