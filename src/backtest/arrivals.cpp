#include "backtest/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "backtest/columns.h"

namespace fas::backtest {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// From each row to the next; the last is as long as the one before.
std::vector<Duration> lengths_of(const scale::Samples& samples) {
  std::vector<Duration> lengths;
  lengths.reserve(samples.ticks.size());
  for (std::size_t i = 0; i + 1 < samples.ticks.size(); ++i) {
    lengths.emplace_back(samples.ticks[i + 1].at - samples.ticks[i].at);
  }
  if (!lengths.empty()) lengths.push_back(lengths.back());
  return lengths;
}

Rates empty_rates(const scale::Samples& samples, const std::vector<Duration>& lengths) {
  Rates rates;
  rates.steps.reserve(lengths.size());
  Duration from{0};
  for (const Duration length : lengths) {
    rates.steps.push_back({.from = from});
    from += length;
  }
  if (samples.ticks.size() == lengths.size()) rates.end = from;
  return rates;
}

std::unexpected<Error> too_short() {
  return fail(ErrorKind::kInvalid, "the recording has fewer than two rows; a queue needs more");
}

double or_else(double value, double other) { return std::isnan(value) ? other : value; }

}  // namespace

Result<Rates> rates_of_column(const scale::Samples& samples, std::string_view column) {
  const Result<std::size_t> at = column_of(samples, column);
  if (!at) return std::unexpected(at.error());
  const std::vector<Duration> lengths = lengths_of(samples);
  if (lengths.empty()) return too_short();
  Rates rates = empty_rates(samples, lengths);
  double last = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const double jobs = samples.row(i)[*at];
    if (jobs < 0) {
      return fail(
          ErrorKind::kInvalid,
          fmt::format("row {} has {} {}; jobs that arrive until the next row are 0 or more", i + 1, jobs, column));
    }
    last = std::isnan(jobs) ? last : jobs / seconds(lengths[i]);
    rates.steps[i].per_second = last;
  }
  return rates;
}

Result<Rates> fit_rates(const scale::Samples& samples, std::string_view depth_column, double service_rate) {
  const Result<std::size_t> at = column_of(samples, depth_column);
  if (!at) return std::unexpected(at.error());
  const std::vector<Duration> lengths = lengths_of(samples);
  if (lengths.empty()) return too_short();
  Rates rates = empty_rates(samples, lengths);
  Duration guessed{0};
  double depth = or_else(samples.row(0)[*at], 0);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const bool is_last = i + 1 == samples.ticks.size();
    const double next = is_last ? depth : or_else(samples.row(i + 1)[*at], depth);
    const double length = seconds(lengths[i]);
    const double capacity = samples.ticks[i].started * service_rate * length;
    const bool waited = depth > 0 && next > 0;
    const bool known = waited || capacity == 0;
    if (!known) guessed += lengths[i];
    const double worked = known ? capacity : std::max(capacity / 2, std::min(depth - next, capacity));
    rates.steps[i].per_second = std::max(0.0, next - depth + worked) / length;
    depth = next;
  }
  rates.guessed = seconds(guessed) / seconds(rates.end);
  return rates;
}

Result<double> fit_service_rate(const scale::Samples& samples, std::string_view depth_column,
                                std::string_view arrivals_column) {
  const Result<std::size_t> depth = column_of(samples, depth_column);
  if (!depth) return std::unexpected(depth.error());
  const Result<std::size_t> arrivals = column_of(samples, arrivals_column);
  if (!arrivals) return std::unexpected(arrivals.error());
  constexpr std::size_t kFewest = 10;
  std::vector<double> rates;
  for (std::size_t i = 0; i + 1 < samples.ticks.size(); ++i) {
    const double before = samples.row(i)[*depth];
    const double after = samples.row(i + 1)[*depth];
    const double came = samples.row(i)[*arrivals];
    const int machines = samples.ticks[i].started;
    const bool busy = before > 0 && after > 0 && came >= 0 && machines > 0 && machines == samples.ticks[i + 1].started;
    if (!busy) continue;
    const double length = seconds(samples.ticks[i + 1].at - samples.ticks[i].at);
    rates.push_back((came - (after - before)) / (machines * length));
  }
  if (rates.size() < kFewest) {
    return fail(ErrorKind::kInvalid,
                "the recording does not tell how fast a machine works: too few rows with a waiting queue and a steady "
                "number of machines; give -service-rate");
  }
  const auto middle = rates.begin() + static_cast<std::ptrdiff_t>(rates.size() / 2);
  std::ranges::nth_element(rates, middle);
  if (*middle > 0) return *middle;
  return fail(ErrorKind::kInvalid, "by the recording, machines work nothing off; give -service-rate");
}

Arrivals::Arrivals(Rates rates, bool even, std::uint64_t seed) : rates_(std::move(rates)), even_(even), random_(seed) {
  pop();
}

// The engine's numbers are fixed by the standard, a distribution's are not.
double Arrivals::draw() {
  if (even_) return 1;
  const double uniform = static_cast<double>(random_() >> 11U) * 0x1.0p-53;
  return -std::log1p(-uniform);
}

void Arrivals::pop() {
  double distance = draw();
  while (step_ < rates_.steps.size()) {
    const bool is_last = step_ + 1 == rates_.steps.size();
    const double end = seconds(is_last ? rates_.end : rates_.steps[step_ + 1].from);
    const double rate = rates_.steps[step_].per_second;
    const double room = std::max(0.0, end - now_) * rate;
    if (room > distance) {
      now_ += distance / rate;
      next_ = Duration(std::llround(now_ * 1e9));
      if (*next_ >= rates_.end) next_.reset();  // by rounding
      return;
    }
    distance -= room;
    now_ = std::max(now_, end);
    ++step_;
  }
  next_.reset();
}

}  // namespace fas::backtest
