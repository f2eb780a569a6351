#include "metrics/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace fas::metrics {
namespace {

std::shared_ptr<const net::TlsSettings> tls_settings(const Settings& settings) {
  const std::shared_ptr<const Settings> tls = settings.object("tls");
  if (tls == nullptr) return nullptr;
  return std::make_shared<const net::TlsSettings>(
      net::TlsSettings{.ca = tls->text("ca"),
                       .cert = tls->text("cert"),
                       .key = tls->text("key"),
                       .server_name = tls->text("server-name"),
                       .insecure_skip_verify = tls->flag("insecure-skip-verify")});
}

bool is_nan(const ReadPoint& read) { return std::isnan(read.point.value); }

Result<Sample> empty_sample(Reading& reading, const CommonOptions& options, std::string message) {
  if (!options.empty_value) return fail(ErrorKind::kNotFound, std::move(message));
  Sample sample{.value = *options.empty_value, .at = std::nullopt, .warnings = std::move(reading.warnings)};
  if (options.series) sample.value = Series{{.labels = {}, .value = *options.empty_value}};
  return sample;
}

// Time to a whole second: finer is noise in a message.
std::string age_text(Duration age) { return format_duration(std::chrono::round<std::chrono::seconds>(age)); }

std::unexpected<Error> too_old(WallTime at, const CommonOptions& options, WallTime now) {
  return fail(ErrorKind::kUnavailable, fmt::format("the newest value was measured {} ago, longer than max-age {}",
                                                   age_text(now - at), format_duration(*options.max_age)));
}

Result<Sample> single(Reading reading, const CommonOptions& options, WallTime now, std::string_view empty_message) {
  if (reading.points.empty()) return empty_sample(reading, options, std::string(empty_message));
  ReadPoint& first = reading.points.front();
  if (options.max_age && first.at && now - *first.at > *options.max_age) return too_old(*first.at, options, now);
  if (is_nan(first)) return empty_sample(reading, options, "the value is NaN, which is no number");
  if (reading.points.size() > 1) {
    reading.warnings.push_back(
        fmt::format("{} series, took the first; aggregate them in the query, or set series", reading.points.size()));
  }
  return Sample{.value = first.point.value, .at = first.at, .warnings = std::move(reading.warnings)};
}

Result<Sample> series(Reading reading, const CommonOptions& options, WallTime now, std::string_view empty_message) {
  if (reading.points.empty()) return empty_sample(reading, options, std::string(empty_message));
  std::optional<WallTime> newest;
  for (const ReadPoint& read : reading.points) {
    if (read.at) newest = std::max(newest.value_or(*read.at), *read.at);
  }
  const auto is_old = [&](const ReadPoint& read) {
    return options.max_age && read.at && now - *read.at > *options.max_age;
  };
  const std::size_t old = std::erase_if(reading.points, is_old);
  if (reading.points.empty()) return too_old(*newest, options, now);
  const std::size_t nan = std::erase_if(reading.points, is_nan);
  if (reading.points.empty()) return empty_sample(reading, options, "every value is NaN, which is no number");
  if (old > 0) reading.warnings.push_back(fmt::format("left out {} series older than max-age", old));
  if (nan > 0) reading.warnings.push_back(fmt::format("left out {} series whose value is NaN", nan));
  Series points;
  points.reserve(reading.points.size());
  for (ReadPoint& read : reading.points) points.push_back(std::move(read.point));
  return Sample{.value = std::move(points), .at = newest, .warnings = std::move(reading.warnings)};
}

}  // namespace

CommonOptions common_options(const Settings& settings) {
  CommonOptions options;
  options.series = settings.flag("series");
  if (settings.has("empty-value")) options.empty_value = settings.number("empty-value", 0);
  if (settings.has("max-age")) options.max_age = settings.duration("max-age", Duration::zero());
  options.tls = tls_settings(settings);
  return options;
}

Result<Sample> to_sample(Reading reading, const CommonOptions& options, WallTime now, std::string_view empty_message) {
  return options.series ? series(std::move(reading), options, now, empty_message)
                        : single(std::move(reading), options, now, empty_message);
}

}  // namespace fas::metrics
