// The regions of the simulated platform, and how many machines each has room for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sim/refusal.h"

namespace fas::sim {

class Regions {
 public:
  // The first region is the one of a create that names none. With no names every three letters are a region.
  Regions() = default;
  explicit Regions(std::vector<std::string> names) : names_(std::move(names)) {}

  // "iad=10": no more than that many machines, all apps together. A region not set has room for any number.
  Result<void> set_capacity(std::string_view text);
  void set_capacity(std::string region, int machines) { capacity_[std::move(region)] = machines; }

  const std::vector<std::string>& names() const { return names_; }
  std::string default_region() const { return names_.empty() ? "iad" : names_.front(); }

  // Takes a place, or refuses with 422: no such region, or insufficient resources in it.
  Outcome<void> take(const std::string& region);
  void take_regardless(const std::string& region) { ++used_[region]; }
  void give_back(const std::string& region) { --used_[region]; }

 private:
  bool known(std::string_view region) const;

  std::vector<std::string> names_;
  std::map<std::string, int, std::less<>> capacity_;
  std::map<std::string, int, std::less<>> used_;
};

}  // namespace fas::sim
