// Finding a recording's columns by name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "scale/samples.h"

namespace fas::backtest {

bool has_column(const scale::Samples& samples, std::string_view name);

// Errors: kNotFound, with the columns that there are.
Result<std::size_t> column_of(const scale::Samples& samples, std::string_view name);

}  // namespace fas::backtest
