// What a programmer would write in C++ instead of an expression of the benchmark's list, over the same values.
#pragma once

#include <functional>
#include <string_view>

namespace fas::tools::bench {

inline constexpr double kQueueDepth = 41;
inline constexpr double kCpu = 0.82;
inline constexpr double kWorkers = 6;

// Empty where there is none: for constants there is nothing to write.
std::function<double()> formula(std::string_view name);

}  // namespace fas::tools::bench
