#include "metrics/kafka_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/http_call.h"
#include "metrics/reading.h"

namespace fas::metrics {
namespace {

std::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

std::optional<std::int32_t> partition_number(std::string_view text) {
  text = trim(text);
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const ParsedNumber<std::int64_t> number = parse_int(text);
  if (!digits || !number || number.value > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::int32_t>(number.value);
}

// A list of host:port. A password has no place in it, so it may be shown.
Result<void> check_servers(std::string_view servers) {
  for (const std::string_view part : split(servers, ',')) {
    const std::string_view server = trim(part);
    const bool is_bad = std::ranges::any_of(
        server, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '@' || c == '/' || c == '\x7f'; });
    const std::size_t colon = server.rfind(':');
    const std::optional<std::int32_t> port =
        colon == std::string_view::npos ? std::nullopt : partition_number(server.substr(colon + 1));
    if (is_bad || colon == 0 || !port || *port < 1 || *port > 65535) {
      return invalid(
          "kafka bootstrap-servers must be HOST:PORT, or several with commas between them, as in "
          "kafka-1.internal:9092,kafka-2.internal:9092");
    }
  }
  return {};
}

Result<void> read_sasl(const Settings& sasl, KafkaOptions& options) {
  options.mechanism = sasl.text("mechanism");
  options.username = sasl.text("username");
  options.password = sasl.text("password");
  if (options.mechanism.empty()) {
    return invalid("kafka sasl.mechanism required: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER");
  }
  if (options.password.empty()) return invalid("kafka sasl.password required");
  if (options.username.empty() && options.mechanism != "OAUTHBEARER") return invalid("kafka sasl.username required");
  return {};
}

}  // namespace

Result<KafkaOptions> read_kafka_options(const Settings& settings) {
  KafkaOptions options;
  options.bootstrap_servers = settings.text("bootstrap-servers");
  options.tls = common_options(settings).tls;
  if (Result<void> checked = check_servers(options.bootstrap_servers); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  if (const std::shared_ptr<const Settings> sasl = settings.object("sasl"); sasl != nullptr) {
    if (Result<void> read = read_sasl(*sasl, options); !read) return std::unexpected(std::move(read.error()));
  }
  if (options.tls != nullptr && !options.tls->server_name.empty()) {
    return invalid("kafka checks each broker's certificate for the broker's own name; leave out tls.server-name");
  }
  return options;
}

Result<std::vector<KafkaRange>> parse_partitions(std::string_view text) {
  std::vector<KafkaRange> ranges;
  if (trim(text).empty()) return ranges;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const std::optional<std::int32_t> first = partition_number(part.substr(0, dash));
    const std::optional<std::int32_t> last =
        dash == std::string_view::npos ? first : partition_number(part.substr(dash + 1));
    if (!first || !last || *last < *first) {
      return invalid(
          fmt::format("kafka partition-limitation must be numbers and ranges, as in 0-3,7, and not {}", excerpt(part)));
    }
    ranges.push_back({.first = *first, .last = *last});
  }
  return ranges;
}

KafkaLagRules read_lag_rules(const Settings& settings) {
  return {.reset = settings.text("offset-reset-policy") == "earliest" ? KafkaReset::kEarliest : KafkaReset::kLatest,
          .zero_on_invalid_offset = settings.flag("scale-to-zero-on-invalid-offset"),
          .exclude_persistent = settings.flag("exclude-persistent-lag"),
          .limit_to_partitions_with_lag = settings.flag("limit-to-partitions-with-lag"),
          .lag_threshold = settings.integer("lag-threshold", 10)};
}

}  // namespace fas::metrics
