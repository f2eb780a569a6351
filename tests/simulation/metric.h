// The metric that the policy follows, and the server that tells it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "net/http_server.h"
#include "tests/simulation/event.h"

namespace fas::simulation {

class Metric {
 public:
  Metric(double depth, std::uint64_t seed) : from_(depth), to_(depth), seed_(seed) {}

  void begin(const Event& event, Duration now);
  void end(const Event& event, Duration now);

  double depth(Duration now) const;
  // Is it the server that fails, and not only this metric's query?
  bool server_fails() const { return failing_ > 0 && failure_ <= MetricFailure::kReset; }

  // nullopt: the server never answers.
  std::optional<net::ServerResponse> answer(Duration now) const;

  // The number in such an answer; nullopt where there is none.
  static std::optional<double> read(const std::string& body);

  // Of the busy metric: {id, value} of each machine.
  using Busy = std::map<std::string, double, std::less<>>;
  static net::ServerResponse busy_answer(const Busy& busy);
  static std::optional<Busy> read_busy(const std::string& body);

 private:
  // From `from_` at `begin_` to `to_` at `end_`.
  double from_;
  double to_;
  Duration begin_{0};
  Duration end_{0};
  double noise_ = 0;
  int failing_ = 0;  // failures under way
  MetricFailure failure_ = MetricFailure::kError;
  std::uint64_t seed_;
};

}  // namespace fas::simulation
