#include "sim/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "sim/number.h"

namespace fas::sim {
namespace {

constexpr double kMaxRate = 100'000;

std::optional<double> parse_rate(std::string_view text) {
  const auto rate = parse_number(text);
  if (!rate || *rate < 0 || *rate > kMaxRate) return std::nullopt;
  return rate;
}

std::unexpected<Error> invalid(std::string_view what, std::string_view text) {
  return fail(ErrorKind::kInvalid, fmt::format("{}: \"{}\"", what, text));
}

}  // namespace

Result<Profile> Profile::parse(std::string_view text) {
  Profile profile;
  profile.text_ = text;
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  Result<void> read;
  if (text == "none" || text.empty()) {
    profile.text_ = "none";
  } else if (kind == "constant" || kind == "step") {
    profile.kind_ = Kind::kSteps;
    read = profile.read_steps(rest);
  } else if (kind == "spike" || kind == "wave") {
    profile.kind_ = kind == "spike" ? Kind::kSpike : Kind::kWave;
    read = profile.read_fields(rest);
  } else {
    read = invalid("unknown profile, want constant:, step:, spike: or wave:", text);
  }
  if (!read) return fail_with("workload profile", std::move(read.error()));
  return profile;
}

Result<void> Profile::read_steps(std::string_view list) {
  for (const std::string_view part : split(list, ',')) {
    const std::size_t at = part.find('@');
    const auto rate = parse_rate(part.substr(0, at));
    const auto time = at == std::string_view::npos ? Duration::zero() : parse_duration(part.substr(at + 1));
    if (!rate) return invalid("a rate is a number of jobs a second from 0 to 100000", part);
    if (!time || *time < Duration::zero() || (!steps_.empty() && *time <= steps_.back().first)) {
      return invalid("steps are RATE,RATE@TIME,... with rising times", part);
    }
    if (steps_.empty() && *time > Duration::zero()) steps_.emplace_back(Duration::zero(), 0.0);
    steps_.emplace_back(*time, *rate);
  }
  return {};
}

Result<void> Profile::read_fields(std::string_view list) {
  const bool spike = kind_ == Kind::kSpike;
  bool has_high = false;
  for (const std::string_view part : split(list, ',')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return invalid("want key=value", part);
    const std::string_view key = part.substr(0, equals);
    const std::string_view value = part.substr(equals + 1);
    if (key == (spike ? "base" : "min") || key == (spike ? "peak" : "max")) {
      const auto rate = parse_rate(value);
      if (!rate) return invalid("a rate is a number of jobs a second from 0 to 100000", part);
      const bool low = key == "base" || key == "min";
      (low ? low_ : high_) = *rate;
      has_high = has_high || !low;
      continue;
    }
    const auto time = parse_duration(value);
    if (!time || *time < Duration::zero()) return invalid("want a duration such as 30s", part);
    if (key == (spike ? "at" : "phase")) {
      at_ = *time;
    } else if (spike && key == "for") {
      length_ = *time;
    } else if (key == (spike ? "every" : "period")) {
      period_ = *time;
    } else {
      return invalid(spike ? "a spike has base, peak, at, for and every" : "a wave has min, max, period and phase",
                     part);
    }
  }
  if (!has_high) return invalid(spike ? "a spike needs a peak" : "a wave needs a max", list);
  if (spike && length_ <= Duration::zero()) return invalid("a spike needs a length, as in for=10s", list);
  if (!spike && period_ <= Duration::zero()) period_ = std::chrono::hours(24);
  return {};
}

Result<Profile> Profile::from_csv(std::string_view csv) {
  Profile profile;
  profile.kind_ = Kind::kSteps;
  profile.text_ = "trace";
  int line_number = 0;
  for (const std::string_view raw : split(csv, '\n')) {
    ++line_number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t comma = line.find(',');
    const auto seconds = parse_number(trim(line.substr(0, comma)));
    const auto rate = parse_rate(comma == std::string_view::npos ? "" : trim(line.substr(comma + 1)));
    if (!seconds && profile.steps_.empty()) continue;  // the heading
    const bool good = seconds && rate && *seconds >= 0 && *seconds < 1e9;
    const Duration time = good ? Duration(std::llround(*seconds * 1e9)) : Duration::zero();
    if (!good || (!profile.steps_.empty() && time <= profile.steps_.back().first)) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("trace line {}: want \"seconds,jobs_per_second\" with rising seconds", line_number));
    }
    if (profile.steps_.empty() && time > Duration::zero()) profile.steps_.emplace_back(Duration::zero(), 0.0);
    profile.steps_.emplace_back(time, *rate);
  }
  if (profile.steps_.empty()) return fail(ErrorKind::kInvalid, "trace: no line of \"seconds,jobs_per_second\"");
  return profile;
}

double Profile::steps_at(Duration time) const {
  const auto after = std::ranges::upper_bound(steps_, time, {}, &std::pair<Duration, double>::first);
  return after == steps_.begin() ? 0 : std::prev(after)->second;
}

double Profile::rate_at(Duration time) const {
  switch (kind_) {
    case Kind::kNone: return 0;
    case Kind::kSteps: return steps_at(time);
    case Kind::kSpike: {
      if (time < at_) return low_;
      const Duration since = period_ > Duration::zero() ? (time - at_) % period_ : time - at_;
      return since < length_ ? high_ : low_;
    }
    case Kind::kWave: {
      const double turns = static_cast<double>((time - at_).count()) / static_cast<double>(period_.count());
      return low_ + (high_ - low_) * (1 - std::cos(2 * 3.14159265358979323846 * turns)) / 2;
    }
  }
  return 0;
}

}  // namespace fas::sim
