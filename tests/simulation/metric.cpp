#include "tests/simulation/metric.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "sim/random.h"

namespace fas::simulation {
namespace {

std::string vector_of(std::string_view value) {
  return fmt::format(R"({{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},)"
                     R"("value":[1,"{}"]}}]}}}})",
                     value);
}

net::ServerResponse failure_reply(MetricFailure failure) {
  net::ServerResponse response;
  switch (failure) {
    case MetricFailure::kError: response.status = 500; break;
    case MetricFailure::kHang:
    case MetricFailure::kReset: response.drop_connection = true; break;
    case MetricFailure::kEmpty:
      response.body = R"({"status":"success","data":{"resultType":"vector","result":[]}})";
      break;
    case MetricFailure::kNan: response.body = vector_of("NaN"); break;
    case MetricFailure::kGarbage: response.body = "<html>\"depth\": 1</html>"; break;
  }
  return response;
}

}  // namespace

void Metric::begin(const Event& event, Duration now) {
  switch (event.kind) {
    case EventKind::kMetricSet:
    case EventKind::kMetricRamp:
      from_ = depth(now);
      to_ = event.value;
      begin_ = now;
      end_ = now + event.lasts;
      break;
    case EventKind::kMetricNoise: noise_ += event.value; break;
    case EventKind::kMetricFails:
      ++failing_;
      failure_ = static_cast<MetricFailure>(event.count);
      break;
    default: break;
  }
}

void Metric::end(const Event& event, Duration /*now*/) {
  if (event.kind == EventKind::kMetricNoise) noise_ -= event.value;
  if (event.kind == EventKind::kMetricFails) --failing_;
}

double Metric::depth(Duration now) const {
  double value = to_;
  if (now < end_) {
    const double part = std::chrono::duration<double>(now - begin_) / std::chrono::duration<double>(end_ - begin_);
    value = from_ + (to_ - from_) * part;
  }
  if (noise_ > 1e-9) {
    const auto second = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(now).count());
    value += noise_ * (2 * sim::Random(seed_ ^ second).uniform() - 1);
  }
  return std::max(value, 0.0);
}

std::optional<net::ServerResponse> Metric::answer(Duration now) const {
  if (failing_ > 0 && failure_ == MetricFailure::kHang) return std::nullopt;
  if (failing_ > 0) return failure_reply(failure_);
  net::ServerResponse response;
  response.body = vector_of(fmt::format("{}", depth(now)));
  return response;
}

std::optional<double> Metric::read(const std::string& body) {
  constexpr std::string_view kMark = "\"value\":[1,\"";
  const std::size_t mark = body.find(kMark);
  if (mark == std::string::npos) return std::nullopt;
  const double value = std::strtod(body.c_str() + mark + kMark.size(), nullptr);
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

net::ServerResponse Metric::busy_answer(const Busy& busy) {
  net::ServerResponse response;
  response.body = R"({"status":"success","data":{"resultType":"vector","result":[)";
  for (const auto& [id, value] : busy) {
    if (response.body.back() == '}') response.body += ',';
    response.body += fmt::format(R"({{"metric":{{"instance":"{}"}},"value":[1,"{}"]}})", id, value);
  }
  response.body += "]}}";
  return response;
}

std::optional<Metric::Busy> Metric::read_busy(const std::string& body) {
  constexpr std::string_view kId = "\"instance\":\"";
  constexpr std::string_view kValue = "\"value\":[1,\"";
  Busy busy;
  for (std::size_t at = body.find(kId); at != std::string::npos; at = body.find(kId, at)) {
    at += kId.size();
    const std::string id = body.substr(at, body.find('"', at) - at);
    at = body.find(kValue, at);
    if (at == std::string::npos) return std::nullopt;
    busy[id] = std::strtod(body.c_str() + at + kValue.size(), nullptr);
  }
  if (busy.empty()) return std::nullopt;  // for the program no series is no answer
  return busy;
}

}  // namespace fas::simulation
