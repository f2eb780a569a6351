// The kinds of collectors. A kind describes its configuration once, as a table of fields; parsing, validation, the
// environment variables, the documentation and the JSON schema all come from that table.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "metrics/source.h"
#include "net/http.h"

namespace fas::metrics {

enum class FieldKind { kText, kSecret, kNumber, kInteger, kBool, kDuration, kTextList, kTextMap, kObject };

struct Field {
  std::string_view key;  // kebab-case
  FieldKind kind = FieldKind::kText;
  bool required = false;
  // Query-like: $APP_NAME and ${APP_NAME} are the tick's app, other names the environment's (metrics/expand.h).
  bool expands_app_name = false;
  std::string_view env;                     // behind FAS_, e.g. "PROMETHEUS_ADDRESS"; empty: YAML only
  std::string_view doc;                     // one sentence: meaning, unit, default
  std::vector<std::string_view> choices{};  // of a kText field; empty: any
  std::vector<Field> fields{};              // of a kObject field
};

struct Settings;
using FieldValue = std::variant<std::string, double, std::int64_t, bool, Duration, std::vector<std::string>,
                                std::map<std::string, std::string>, std::shared_ptr<const Settings>>;

// The values of one collector's (or one object's) fields, already checked against the kind's table: present keys only,
// right types, choices held.
struct Settings {
  std::map<std::string, FieldValue, std::less<>> values;

  std::string text(std::string_view key, std::string_view fallback = "") const;
  double number(std::string_view key, double fallback) const;
  std::int64_t integer(std::string_view key, std::int64_t fallback) const;
  bool flag(std::string_view key, bool fallback = false) const;
  Duration duration(std::string_view key, Duration fallback) const;
  std::vector<std::string> list(std::string_view key) const;
  std::map<std::string, std::string> map(std::string_view key) const;
  std::shared_ptr<const Settings> object(std::string_view key) const;  // null when absent
  bool has(std::string_view key) const { return values.contains(key); }
};

// What a source may use; outlives every source.
struct SourceContext {
  boost::asio::io_context& loop;
  Clock& clock;
  net::HttpTransport& http;
};

struct SourceKind {
  std::string_view type;
  std::string_view doc;
  std::vector<Field> fields;  // besides `type`, `metric-name` and the common fields
  // Cross-field rules; the message is appended to "metric-collectors[N]: ". Runs without I/O.
  Result<void> (*validate)(const Settings& settings) = nullptr;
  Result<std::unique_ptr<Source>> (*make)(const SourceContext& context, const Settings& settings) = nullptr;
};

// Fields that every kind has: timeout, series, empty-value, max-age, cache, tls.
std::span<const Field> common_fields();
const std::vector<SourceKind>& source_kinds();
const SourceKind* find_source_kind(std::string_view type);  // null when there is none

// What holds between the fields: required ones ("prometheus query required"), then the kind's own rules.
Result<void> validate(const SourceKind& kind, const Settings& settings);

}  // namespace fas::metrics
