#include "sim/regions.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/number.h"

namespace fas::sim {

Result<void> Regions::set_capacity(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto count = parse_count(equals == std::string_view::npos ? "" : text.substr(equals + 1));
  if (!count || equals == 0) {
    return fail(ErrorKind::kInvalid, fmt::format("capacity \"{}\": want REGION=MACHINES, as in \"iad=10\"", text));
  }
  set_capacity(std::string(text.substr(0, equals)), *count);
  return {};
}

bool Regions::known(std::string_view region) const {
  if (!names_.empty()) return std::ranges::find(names_, region) != names_.end();
  return region.size() == 3 && std::ranges::all_of(region, [](char c) { return c >= 'a' && c <= 'z'; });
}

Outcome<void> Regions::take(const std::string& region) {
  if (!known(region)) return refuse(422, fmt::format("invalid_argument: region \"{}\" does not exist", region));
  const auto limit = capacity_.find(region);
  if (limit != capacity_.end() && used_[region] >= limit->second) {
    return refuse(422, fmt::format("insufficient_capacity: could not reserve resource for your machine: insufficient "
                                   "resources available in region {} to fulfill the request",
                                   region));
  }
  ++used_[region];
  return {};
}

}  // namespace fas::sim
