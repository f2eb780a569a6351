// The JSON of NATS' monitoring endpoint /jsz (JetStream's accounts, streams and consumers).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fas::metrics {

enum class NatsValue : std::uint8_t { kLag, kPending, kAckPending, kMessages };

// "lag", "pending", "ack-pending", "messages"; anything else is lag.
NatsValue parse_nats_value(std::string_view text);

struct NatsQuestion {
  std::string account;
  std::string stream;
  std::string consumer;  // not for kMessages
  NatsValue value = NatsValue::kLag;
};

struct NatsAnswer {
  std::optional<double> value;  // nullopt: this member of the cluster does not lead the consumer (or the stream)
  std::string leader;           // who does; empty: nobody at this moment
};

// Only a leader's counts are right: of a clustered consumer the others' may be old. Errors: kNotFound when this server
// knows no such account, stream or consumer; kInvalid when it has no JetStream; kMalformed for anything else.
Result<NatsAnswer> read_nats_jsz(std::string_view body, const NatsQuestion& question);

}  // namespace fas::metrics
