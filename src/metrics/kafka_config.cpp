#include "metrics/kafka_config.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace fas::metrics {
namespace {

using Properties = std::vector<std::pair<const char*, std::string>>;

void ignore_log(const rd_kafka_t* /*handle*/, int /*level*/, const char* /*facility*/, const char* /*text*/) {}

Properties common_properties(const KafkaOptions& options, const std::string& group) {
  const bool sasl = !options.mechanism.empty();
  const bool tls = options.tls != nullptr;
  return {
      {"bootstrap.servers", options.bootstrap_servers},
      {"client.id", "fly-autoscaler"},
      {"group.id", group},
      {"enable.auto.commit", "false"},
      {"security.protocol", std::string(sasl ? "sasl_" : "") + (tls ? "ssl" : "plaintext")},
      {"allow.auto.create.topics", "false"},
      // As Kafka's own tools count: with messages of transactions that have not ended.
      {"isolation.level", "read_uncommitted"},
      {"socket.keepalive.enable", "true"},
      {"reconnect.backoff.max.ms", "1000"},
  };
}

Result<void> add_tls(const KafkaOptions& options, PemFile& ca, PemFile& cert, PemFile& key, Properties& properties) {
  if (options.tls == nullptr) return {};
  const net::TlsSettings& tls = *options.tls;
  const std::string authorities = tls.ca.empty() ? system_authorities() : tls.ca;
  const std::string& key_material = tls.key.empty() ? tls.cert : tls.key;
  struct File {
    const char* property;
    PemFile* file;
    const std::string* material;
  };
  const std::array<File, 3> files = {{{"ssl.ca.location", &ca, &authorities},
                                      {"ssl.certificate.location", &cert, &tls.cert},
                                      {"ssl.key.location", &key, &key_material}}};
  for (const File& one : files) {
    if (one.material->empty()) continue;
    Result<PemFile> made = PemFile::make(*one.material);
    if (!made) return std::unexpected(std::move(made.error()));
    *one.file = std::move(*made);
    properties.emplace_back(one.property, one.file->path());
  }
  if (tls.insecure_skip_verify) {
    properties.emplace_back("enable.ssl.certificate.verification", "false");
  } else {
    properties.emplace_back("ssl.endpoint.identification.algorithm", "https");
  }
  return {};
}

}  // namespace

Result<KafkaConfig> make_kafka_config(const KafkaOptions& options, const std::string& group, PemFile& ca, PemFile& cert,
                                      PemFile& key) {
  Properties properties = common_properties(options, group);
  if (Result<void> added = add_tls(options, ca, cert, key, properties); !added) return std::unexpected(added.error());
  if (!options.mechanism.empty()) properties.emplace_back("sasl.mechanisms", options.mechanism);
  if (!options.mechanism.empty() && options.mechanism != "OAUTHBEARER") {
    properties.emplace_back("sasl.username", options.username);
    properties.emplace_back("sasl.password", options.password);
  }
  KafkaConfig config(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(config.get(), &ignore_log);
  for (const auto& [name, value] : properties) {
    // Its own text would show the value.
    if (rd_kafka_conf_set(config.get(), name, value.c_str(), nullptr, 0) != RD_KAFKA_CONF_OK) {
      return fail(ErrorKind::kInvalid, fmt::format("librdkafka does not take this value for {}", name));
    }
  }
  return config;
}

}  // namespace fas::metrics
