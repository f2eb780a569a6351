#include "config/coordination_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "config/set.h"
#include "net/http.h"

namespace fas::config {
namespace {

// A lease must outlast some lost packets and the slowest call of a tick; a takeover must not take all day.
constexpr Duration kShortestLease = std::chrono::seconds(5);
constexpr Duration kLongestLease = std::chrono::minutes(5);
constexpr std::size_t kLongestName = 200;

constexpr auto kEngines = [] {
  using Choice = std::pair<std::string_view, CoordinationEngine>;
  return std::array{Choice{"etcd", CoordinationEngine::kEtcd}, Choice{"postgres", CoordinationEngine::kPostgres}};
};

// Part of keys, of which a slash is the separator.
template <std::string Coordination::* member>
void set_name(Reading& reading, Coordination& target, const Written& value) {
  const bool plain = std::ranges::all_of(value.text, [](char c) { return c > ' ' && c <= '~' && c != '/'; });
  if (!plain || value.text.empty() || value.text.size() > kLongestName) {
    reading.problem_at(value, fmt::format("{} must be 1 to {} printable ASCII characters without spaces and slashes",
                                          value.name, kLongestName));
    return;
  }
  target.*member = value.text;
}
template <std::string Coordination::* member>
constexpr Setter<Coordination> kName = {set_name<member>, text_schema};

void set_address(Reading& reading, Coordination& target, const Written& value) {
  if (!value.text.starts_with("http://") && !value.text.starts_with("https://")) {
    reading.problem_at(value,
                       fmt::format("{} must be an http:// or https:// URL, as in http://10.0.0.5:9090", value.name));
    return;
  }
  target.address = value.text;
  while (target.address.ends_with('/')) target.address.pop_back();
}

void set_lease(Reading& reading, Coordination& target, const Written& value) {
  const auto lease = read_duration(reading, value);
  if (!lease) return;
  if (*lease < kShortestLease || *lease > kLongestLease || *lease % std::chrono::seconds(1) != Duration{0}) {
    reading.problem_at(value, fmt::format("{} must be whole seconds from 5s to 5m", value.name));
    return;
  }
  target.lease = *lease;
}

// "http://host:port", as etcd's own tools write it, and "host:port" mean the same.
void set_endpoints(Reading& reading, Coordination& target, const Written& value) {
  target.endpoints.clear();
  for (std::string& endpoint : split_list(value.text)) {
    for (const std::string_view scheme : {"http://", "https://"}) {
      if (endpoint.starts_with(scheme)) endpoint.erase(0, scheme.size());
    }
    while (endpoint.ends_with('/')) endpoint.pop_back();
    const std::size_t colon = endpoint.rfind(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == endpoint.size() || endpoint.contains('/')) {
      reading.problem_at(value, fmt::format("{}: write each as HOST:PORT, as in etcd.internal:2379", value.name));
      return;
    }
    target.endpoints.push_back(std::move(endpoint));
  }
}

constexpr Key<net::TlsSettings> kTlsKeys[] = {
    {.name = "ca", .set = kText<&net::TlsSettings::ca>},
    {.name = "cert", .set = kText<&net::TlsSettings::cert>},
    {.name = "key", .secret = true, .set = kText<&net::TlsSettings::key>},
    {.name = "server-name", .set = kText<&net::TlsSettings::server_name>},
    {.name = "insecure-skip-verify", .set = kBool<&net::TlsSettings::insecure_skip_verify>},
};

void read_tls(Reading& reading, Coordination& target, const YamlNode& node, const std::string& name) {
  net::TlsSettings tls;
  read_map<net::TlsSettings>(reading, tls, node, kTlsKeys, name);
  target.tls = std::make_shared<net::TlsSettings>(std::move(tls));
}

nlohmann::ordered_json tls_schema() {
  nlohmann::ordered_json properties = nlohmann::ordered_json::object();
  add_properties<net::TlsSettings>(properties, kTlsKeys);
  return object_schema(std::move(properties));
}

constexpr Key<Coordination> kKeys[] = {
    {.name = "engine", .set = kChoice<&Coordination::engine, kEngines>},
    {.name = "group", .set = kName<&Coordination::group>},
    {.name = "member", .set = kName<&Coordination::member>},
    {.name = "address", .set = {set_address, text_schema}},
    {.name = "lease", .set = {set_lease, duration_schema}},
    {.name = "endpoints", .is_list = true, .set = {set_endpoints, text_list_schema}},
    {.name = "user", .set = kText<&Coordination::user>},
    {.name = "password", .secret = true, .set = kText<&Coordination::password>},
    {.name = "tls", .read = read_tls, .schema = tls_schema},
    {.name = "dsn", .secret = true, .set = kText<&Coordination::dsn>},
};

// The password of the one engine where the other's is meant is a mistake worth a word.
void check(Reading& reading, const Coordination& target, const YamlNode& node, const std::string& name) {
  const bool is_etcd = target.engine == CoordinationEngine::kEtcd;
  if (is_etcd && target.endpoints.empty() && !reading.attempted(name + ".endpoints")) {
    reading.problem_at(node, name + ": endpoints required, as in [\"etcd.internal:2379\"]");
  }
  if (is_etcd && !target.dsn.empty()) reading.problem_at(node, name + ": dsn is for engine: \"postgres\"");
  if (is_etcd && target.user.empty() != target.password.empty()) {
    reading.problem_at(node, name + ": user and password go together");
  }
  if (!is_etcd && target.dsn.empty()) {
    reading.problem_at(node, name + ": dsn required, as in postgres://USER:PASSWORD@HOST:PORT/DATABASE");
  }
  const bool has_etcds = !target.endpoints.empty() || !target.user.empty() || !target.password.empty() || target.tls;
  if (!is_etcd && has_etcds) {
    reading.problem_at(node, name + ": endpoints, user, password and tls are for engine: \"etcd\"; the dsn holds them");
  }
}

}  // namespace

bool Coordination::operator==(const Coordination& other) const {
  const auto all = [](const Coordination& of) {
    return std::tie(of.engine, of.group, of.member, of.address, of.lease, of.endpoints, of.user, of.password, of.dsn);
  };
  return all(*this) == all(other);
}

void read_coordination(Reading& reading, Config& config, const YamlNode& node, const std::string& name) {
  Coordination target;
  const bool was_well = reading.ok();
  read_map<Coordination>(reading, target, node, kKeys, name);
  if (node.kind == YamlNode::Kind::kMap && (reading.ok() || !was_well)) check(reading, target, node, name);
  config.coordination = std::move(target);
}

nlohmann::ordered_json coordination_schema() {
  nlohmann::ordered_json properties = nlohmann::ordered_json::object();
  add_properties<Coordination>(properties, kKeys);
  return object_schema(std::move(properties));
}

}  // namespace fas::config
