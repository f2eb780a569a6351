#include "backtest/columns.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace fas::backtest {

bool has_column(const scale::Samples& samples, std::string_view name) {
  return std::ranges::find(samples.metrics, name) != samples.metrics.end();
}

Result<std::size_t> column_of(const scale::Samples& samples, std::string_view name) {
  const auto found = std::ranges::find(samples.metrics, name);
  if (found != samples.metrics.end()) return static_cast<std::size_t>(found - samples.metrics.begin());
  const std::vector<std::string_view> names(samples.metrics.begin(), samples.metrics.end());
  const auto meant = nearest(name, names);
  return fail(ErrorKind::kNotFound, fmt::format("the recording has no metric \"{}\"{}; it has: {}", name,
                                                meant ? fmt::format("; did you mean \"{}\"?", *meant) : "",
                                                names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
}

}  // namespace fas::backtest
