// librdkafka's configuration out of ours.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>

#include "metrics/kafka_options.h"
#include "metrics/pem_file.h"

namespace fas::metrics {

struct KafkaConfigDestroy {
  void operator()(rd_kafka_conf_t* config) const { rd_kafka_conf_destroy(config); }
};
using KafkaConfig = std::unique_ptr<rd_kafka_conf_t, KafkaConfigDestroy>;

// Of a client that only asks: it joins no group, makes no topic and writes no log. The files hold TLS material, for as
// long as a client of this configuration lives. Errors: kInvalid, which name the property and never its value.
//
// `group` is never joined. librdkafka 2.0 has to have one: without, it follows a null pointer when a broker says that
// it is not the coordinator any more.
Result<KafkaConfig> make_kafka_config(const KafkaOptions& options, const std::string& group, PemFile& ca, PemFile& cert,
                                      PemFile& key);

}  // namespace fas::metrics
