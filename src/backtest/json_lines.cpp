#include "backtest/json_lines.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "backtest/sample_table.h"
#include "base/text.h"
#include "metrics/http_call.h"

namespace fas::backtest {
namespace {

using Json = nlohmann::json;

Result<WallTime> time_of(const Json& object) {
  const auto time = object.find("time");
  if (time == object.end()) return fail(ErrorKind::kInvalid, "there is no \"time\"");
  if (time->is_number()) return read_time(time->get<double>());
  if (time->is_string()) return read_time(time->get_ref<const std::string&>());
  return fail(ErrorKind::kInvalid, "\"time\" is neither a text nor a number");
}

// One text nested as deeply as the parser's stack reaches is no recording.
constexpr int kDepth = 2;

Result<void> read_line(std::string_view line, SampleTable& table) {
  const auto shallow = [](int depth, Json::parse_event_t, const Json&) { return depth <= kDepth; };
  const Json object = Json::parse(line, shallow, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return fail(ErrorKind::kInvalid,
                fmt::format("it is no JSON object but {}; write {{\"time\": ..., \"METRIC\": NUMBER}}",
                            metrics::excerpt(line)));
  }
  const Result<WallTime> at = time_of(object);
  if (!at) return std::unexpected(at.error());
  if (auto added = table.add_row(*at); !added) return added;
  for (const auto& [key, value] : object.items()) {
    if (key == "time") continue;
    if (!value.is_number() && !value.is_null()) {
      return fail(ErrorKind::kInvalid, fmt::format("{} is neither a number nor null", metrics::excerpt(key)));
    }
    const Result<std::size_t> column = table.column(key);
    if (!column) return std::unexpected(column.error());
    if (value.is_number()) table.set(*column, value.get<double>());
  }
  return {};
}

}  // namespace

Result<scale::Samples> parse_json_lines(std::string_view text, const std::string& name) {
  SampleTable table;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    Result<void> read = read_line(line, table);
    if (!read) return fail_with(fmt::format("{}:{}", name, number), std::move(read.error()));
  }
  if (table.rows() == 0) return fail(ErrorKind::kInvalid, name + ": it is empty; write one JSON object a line");
  return table.take();
}

}  // namespace fas::backtest
