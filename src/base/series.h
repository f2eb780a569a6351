// Labelled numbers: what a metric of several series is.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace fas {

struct SeriesPoint {
  std::map<std::string, std::string> labels;
  double value = 0;
};
using Series = std::vector<SeriesPoint>;

}  // namespace fas
