#include "backtest/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/http_call.h"

namespace fas::backtest {
namespace {

constexpr std::size_t kMostValues = 1000;
constexpr std::size_t kMostPoints = 10'000;

std::optional<double> number_of(std::string_view text) {
  const ParsedNumber<double> number = parse_float(trim(text));
  if (!number || !std::isfinite(number.value)) return std::nullopt;
  return number.value;
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::unexpected<Error> bad_sweep(std::string_view text) {
  return fail(ErrorKind::kInvalid,
              fmt::format("cannot read -sweep {}; write NAME=FROM..TO or NAME=FROM..TO:STEP, as in per=5..50:5",
                          metrics::excerpt(text)));
}

}  // namespace

Result<SweepRange> parse_sweep(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::size_t dots = text.find("..");
  if (equals == std::string_view::npos || dots == std::string_view::npos || dots < equals) return bad_sweep(text);
  const std::string_view name = trim(text.substr(0, equals));
  std::string_view to = text.substr(dots + 2);
  const std::size_t colon = to.find(':');
  const auto step = colon == std::string_view::npos ? std::optional(1.0) : number_of(to.substr(colon + 1));
  const auto first = number_of(text.substr(equals + 1, dots - equals - 1));
  const auto last = number_of(to.substr(0, colon));
  if (!is_name(name) || !first || !last || !step || *step <= 0 || *last < *first) return bad_sweep(text);
  const double count = std::floor((*last - *first) / *step + 1e-9) + 1;
  if (count > static_cast<double>(kMostValues)) {
    return fail(ErrorKind::kInvalid,
                fmt::format("-sweep {} has more than {} values; take a longer step", name, kMostValues));
  }
  SweepRange range{.name = std::string(name), .values = {}};
  for (int i = 0; i < static_cast<int>(count); ++i) range.values.push_back(*first + i * *step);
  return range;
}

Result<std::pair<std::string, double>> parse_constant(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view name = trim(text.substr(0, equals));
  const auto value = equals == std::string_view::npos ? std::nullopt : number_of(text.substr(equals + 1));
  if (!is_name(name) || !value) {
    return fail(ErrorKind::kInvalid,
                fmt::format("cannot read -set {}; write NAME=NUMBER, as in per=20", metrics::excerpt(text)));
  }
  return std::pair(std::string(name), *value);
}

Result<std::vector<Constants>> sweep_points(std::span<const SweepRange> ranges) {
  std::vector<Constants> points = {{}};
  for (const SweepRange& range : ranges) {
    std::vector<Constants> more;
    if (points.size() * range.values.size() > kMostPoints) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("the sweep has more than {} points; take longer steps", kMostPoints));
    }
    for (const Constants& point : points) {
      for (const double value : range.values) {
        more.push_back(point);
        more.back()[range.name] = value;
      }
    }
    points = std::move(more);
  }
  return points;
}

std::string name_of(const Constants& constants) {
  std::string text;
  for (const auto& [name, value] : constants) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", name, format_float(value));
  }
  return text;
}

void run_side_by_side(std::size_t count, const std::function<void(std::size_t)>& run) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) run(i);
  };
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < std::min(cores, count); ++i) threads.emplace_back(work);
  work();
}

std::vector<bool> pareto_front(std::span<const CostAndWait> points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::pair(points[a].cost, points[a].wait) < std::pair(points[b].cost, points[b].wait);
  });
  std::vector<bool> front(points.size());
  double best = std::numeric_limits<double>::infinity();
  for (const std::size_t i : order) {
    if (!(points[i].wait < best)) continue;
    best = points[i].wait;
    front[i] = true;
  }
  return front;
}

}  // namespace fas::backtest
