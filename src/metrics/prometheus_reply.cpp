#include "metrics/prometheus_reply.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/number_text.h"
#include "metrics/http_call.h"

namespace fas::metrics {

struct PrometheusReplyParser::Impl {
  // The whole reply is validated before any of it is used: with garbage, that is worth more than the time that
  // simdjson's on-demand reading would save on replies of a few hundred bytes.
  simdjson::dom::parser parser;
};

namespace {

namespace dom = simdjson::dom;

// About the year 2286; beyond, and before 1970, a time is a mistake that must not overflow the clock's nanoseconds.
constexpr double kLatestSecond = 1e10;
constexpr std::size_t kMostWarnings = 5;

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorKind::kMalformed, fmt::format("the reply is not one of Prometheus' query API: {}", what));
}

std::string_view text_of(dom::object object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::string error_of(dom::object reply) {
  const std::string_view type = text_of(reply, "errorType");
  const std::string_view message = text_of(reply, "error");
  if (message.empty()) return std::string(type);
  return type.empty() ? std::string(message) : fmt::format("{}: {}", type, message);
}

// [unix seconds, "number as text"]
Result<ReadPoint> read_sample(dom::element element) {
  dom::array pair;
  double seconds = 0;
  std::string_view text;
  if (element.get(pair) != simdjson::SUCCESS || pair.size() != 2 || pair.at(0).get(seconds) != simdjson::SUCCESS ||
      pair.at(1).get(text) != simdjson::SUCCESS) {
    return malformed("a sample is not [time, \"value\"]");
  }
  const ParsedNumber<double> value = parse_float(text);
  if (!value) return malformed(fmt::format("the value {} is not a number", excerpt(text)));
  if (!(seconds >= 0 && seconds <= kLatestSecond)) return malformed("a sample's time is out of range");
  const std::chrono::milliseconds since_epoch(std::llround(seconds * 1000));  // the server's own resolution
  return ReadPoint{.point = {.labels = {}, .value = value.value}, .at = WallTime(since_epoch)};
}

Result<void> read_labels(dom::object series, std::map<std::string, std::string>& labels) {
  dom::object metric;
  if (series["metric"].get(metric) != simdjson::SUCCESS) return malformed("a series has no labels");
  for (const auto [name, value] : metric) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return malformed("a label is not a text");
    labels.emplace(name, text);
  }
  return {};
}

// Where a series has its newest sample: `value` in a vector, the end of `values` in a matrix.
Result<dom::element> newest_sample(dom::object series, bool is_matrix) {
  dom::element sample;
  if (!is_matrix) {
    if (series["value"].get(sample) != simdjson::SUCCESS) return malformed("a series of the vector has no value");
    return sample;
  }
  dom::array values;
  if (series["values"].get(values) != simdjson::SUCCESS || values.size() == 0) {
    return malformed("a series of the matrix has no values");
  }
  for (const dom::element each : values) sample = each;
  return sample;
}

Result<Reading> read_series(dom::element result, bool is_matrix, bool with_labels) {
  dom::array all;
  if (result.get(all) != simdjson::SUCCESS) return malformed("the result is not a list");
  Reading reading;
  reading.points.reserve(all.size());
  for (const dom::element element : all) {
    dom::object series;
    if (element.get(series) != simdjson::SUCCESS) return malformed("a series is not an object");
    auto sample = newest_sample(series, is_matrix);
    if (!sample) return std::unexpected(std::move(sample.error()));
    auto point = read_sample(*sample);
    if (!point) return std::unexpected(std::move(point.error()));
    if (with_labels) {
      auto labels = read_labels(series, point->point.labels);
      if (!labels) return std::unexpected(std::move(labels.error()));
    }
    reading.points.push_back(std::move(*point));
  }
  return reading;
}

struct ReplyData {
  std::string_view type;
  dom::element result;
};

Result<ReplyData> data_of(dom::object reply) {
  dom::object data;
  if (reply["data"].get(data) != simdjson::SUCCESS) return malformed("it has no data");
  ReplyData found;
  if (data["result"].get(found.result) != simdjson::SUCCESS) return malformed("it has no result");
  found.type = text_of(data, "resultType");
  return found;
}

Result<std::vector<TimedValue>> read_values(dom::object series) {
  dom::array values;
  if (series["values"].get(values) != simdjson::SUCCESS) return malformed("a series of the matrix has no values");
  std::vector<TimedValue> read;
  read.reserve(values.size());
  for (const dom::element each : values) {
    const auto point = read_sample(each);
    if (!point) return std::unexpected(point.error());
    read.push_back({.at = *point->at, .value = point->point.value});
  }
  return read;
}

Result<RangeReading> read_range(dom::object reply) {
  const Result<ReplyData> data = data_of(reply);
  if (!data) return std::unexpected(data.error());
  dom::array all;
  if (data->type != "matrix" || data->result.get(all) != simdjson::SUCCESS) {
    return malformed(fmt::format("a range query yields a matrix, not {}", excerpt(data->type)));
  }
  RangeReading reading;
  for (const dom::element element : all) {
    dom::object series;
    if (element.get(series) != simdjson::SUCCESS) return malformed("a series is not an object");
    Result<std::vector<TimedValue>> values = read_values(series);
    if (!values) return std::unexpected(std::move(values.error()));
    reading.series.push_back(std::move(*values));
  }
  return reading;
}

Result<Reading> read_data(dom::object reply, bool with_labels) {
  const Result<ReplyData> data = data_of(reply);
  if (!data) return std::unexpected(data.error());
  const dom::element result = data->result;
  const std::string_view type = data->type;
  if (type == "vector" || type == "matrix") return read_series(result, type == "matrix", with_labels);
  if (type != "scalar" && type != "string") {
    return malformed(fmt::format("the result's type {} is unknown", excerpt(type)));
  }
  auto point = read_sample(result);
  if (!point) return std::unexpected(std::move(point.error()));
  Reading reading;
  reading.points.push_back(std::move(*point));
  return reading;
}

void read_warnings(dom::object reply, std::vector<std::string>& warnings) {
  dom::array texts;
  if (reply["warnings"].get(texts) != simdjson::SUCCESS) return;
  for (const dom::element element : texts) {
    std::string_view text;
    if (warnings.size() < kMostWarnings && element.get(text) == simdjson::SUCCESS) warnings.push_back(one_line(text));
  }
}

std::optional<dom::object> parse_object(dom::parser& parser, const std::string& body) {
  const bool padded = body.capacity() >= body.size() + simdjson::SIMDJSON_PADDING;
  dom::object object;
  if (parser.parse(body.data(), body.size(), !padded).get(object) != simdjson::SUCCESS) return std::nullopt;
  return object;
}

// Of a {"status":"success"} reply.
Result<dom::object> parse_success(dom::parser& parser, const std::string& body) {
  const std::optional<dom::object> reply = parse_object(parser, body);
  if (!reply) return malformed(fmt::format("no JSON object but {}", excerpt(body)));
  const std::string_view status = text_of(*reply, "status");
  if (status == "error") return fail(ErrorKind::kInvalid, one_line(error_of(*reply)));
  if (status != "success") return malformed("its status is neither success nor error");
  return *reply;
}

}  // namespace

PrometheusReplyParser::PrometheusReplyParser() : impl_(std::make_unique<Impl>()) {}
PrometheusReplyParser::~PrometheusReplyParser() = default;

Result<Reading> PrometheusReplyParser::parse(const std::string& body, bool with_labels) {
  const Result<dom::object> reply = parse_success(impl_->parser, body);
  if (!reply) return std::unexpected(reply.error());
  Result<Reading> reading = read_data(*reply, with_labels);
  if (reading) read_warnings(*reply, reading->warnings);
  return reading;
}

Result<RangeReading> PrometheusReplyParser::parse_range(const std::string& body) {
  const Result<dom::object> reply = parse_success(impl_->parser, body);
  if (!reply) return std::unexpected(reply.error());
  Result<RangeReading> reading = read_range(*reply);
  if (reading) read_warnings(*reply, reading->warnings);
  return reading;
}

std::string PrometheusReplyParser::error_text(const std::string& body) {
  const std::optional<dom::object> reply = parse_object(impl_->parser, body);
  if (!reply || text_of(*reply, "status") != "error") return {};
  return error_of(*reply);
}

}  // namespace fas::metrics
