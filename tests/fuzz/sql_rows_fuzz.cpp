// Whatever a SQL server answers: lines are rows, tabs separate cells, the first bytes choose the columns' types.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "metrics/sql_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kColumns = 3;
  if (size < kColumns + 1) return 0;
  fas::metrics::SqlRows rows;
  for (std::size_t i = 0; i < kColumns; ++i) {
    rows.columns.push_back({.name = i == data[0] % 4U ? "value" : std::string(1, static_cast<char>(data[i])),
                            .type = static_cast<fas::metrics::SqlType>(data[i + 1] % 6U)});
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + kColumns, size - kColumns);
  for (const std::string_view line : fas::split(text, '\n')) {
    fas::metrics::SqlRow& row = rows.rows.emplace_back();
    for (const std::string_view cell : fas::split(line, '\t')) {
      if (row.size() < kColumns) row.emplace_back(std::string(cell));
    }
    row.resize(kColumns);
  }
  for (const bool series : {false, true}) {
    const auto answer = fas::metrics::read_sql(rows, series);
    if (!answer && answer.error().message.size() > 1000) std::abort();
  }
  return 0;
}
