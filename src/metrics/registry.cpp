#include "metrics/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "metrics/exec.h"
#include "metrics/github.h"
#include "metrics/http.h"
#include "metrics/kafka.h"
#include "metrics/mysql.h"
#include "metrics/nats.h"
#include "metrics/postgres.h"
#include "metrics/prometheus.h"
#include "metrics/rabbitmq.h"
#include "metrics/redis.h"
#include "metrics/schedule.h"
#include "metrics/sqlite.h"
#include "metrics/sqs.h"
#include "metrics/temporal.h"

namespace fas::metrics {
namespace {

std::vector<Field> make_common_fields() {
  return {
      {.key = "timeout",
       .kind = FieldKind::kDuration,
       .doc = "How long one question may take; never longer than what is left of the tick, which is the default."},
      {.key = "series",
       .kind = FieldKind::kBool,
       .doc = "Whether the metric is an array of {labels, value} instead of one number; default false."},
      {.key = "empty-value",
       .kind = FieldKind::kNumber,
       .doc = "The number to use when the server answers but has no value (no series, null, NaN); default: that is an "
              "error."},
      {.key = "max-age",
       .kind = FieldKind::kDuration,
       .doc = "Refuse a value that was measured longer ago than this; default: any age."},
      {.key = "cache",
       .kind = FieldKind::kDuration,
       .doc = "How long an answer is used again instead of asking anew, by every app that asks the same; default: not "
              "at all."},
      {.key = "tls",
       .kind = FieldKind::kObject,
       .doc = "TLS settings; default: the system's certificate authorities and no client certificate.",
       .fields = {{.key = "ca", .doc = "Certificate authorities to trust, as PEM text or a path."},
                  {.key = "cert", .doc = "Client certificate, as PEM text or a path."},
                  {.key = "key",
                   .kind = FieldKind::kSecret,
                   .doc = "Private key of the client certificate, as PEM text or a path."},
                  {.key = "server-name",
                   .doc = "Name that the server's certificate must carry; default: the host of the address."},
                  {.key = "insecure-skip-verify",
                   .kind = FieldKind::kBool,
                   .doc = "Accept any certificate: for trying things out only; default false."}}},
  };
}

bool is_empty_text(const FieldValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr && text->empty();
}

}  // namespace

std::span<const Field> common_fields() {
  static const std::vector<Field> fields = make_common_fields();
  return fields;
}

const std::vector<SourceKind>& source_kinds() {
  static const std::vector<SourceKind> kinds = {
      prometheus_kind(), http_kind(), redis_kind(), postgres_kind(), mysql_kind(),  sqlite_kind(), rabbitmq_kind(),
      kafka_kind(),      nats_kind(), sqs_kind(),   temporal_kind(), github_kind(), exec_kind(),   schedule_kind(),
  };
  return kinds;
}

const SourceKind* find_source_kind(std::string_view type) {
  const auto it = std::ranges::find(source_kinds(), type, &SourceKind::type);
  return it == source_kinds().end() ? nullptr : &*it;
}

Result<void> validate(const SourceKind& kind, const Settings& settings) {
  for (const Field& field : kind.fields) {
    if (!field.required) continue;
    const auto value = settings.values.find(field.key);
    if (value == settings.values.end() || is_empty_text(value->second)) {
      return fail(ErrorKind::kInvalid, fmt::format("{} {} required", kind.type, field.key));
    }
  }
  return kind.validate != nullptr ? kind.validate(settings) : Result<void>{};
}

}  // namespace fas::metrics
