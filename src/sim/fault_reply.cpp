#include "sim/fault_reply.h"

#include <chrono>
#include <string>

#include "sim/reply.h"

namespace fas::sim {
namespace {

using enum FaultKind;
using net::ServerResponse;

constexpr Duration kForever = std::chrono::hours(24);

ServerResponse server_error(const FaultRule& fault) {
  return refusal_reply({.status = fault.status, .message = "internal: simulated failure"});
}

ServerResponse reset() {
  ServerResponse response;
  response.drop_connection = true;
  return response;
}

void html(ServerResponse& response) {
  response.status = 200;
  response.content_type = "text/html";
  response.body = "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>";
}

// Texts for numbers, numbers for texts, at every level of the reply that a reader looks at.
void wrong_types(ServerResponse& response) {
  const bool array = response.body.starts_with('[');
  const std::string object =
      R"({"id":7,"name":{},"state":["started"],"region":1.5,"config":"none","events":{},"data":[],"errors":"none"})";
  response.body = array ? "[" + object + ",17,null,\"machine\"]" : object;
}

}  // namespace

void add_delay(const FaultRule& fault, Duration& before, Duration& after) {
  switch (fault.kind) {
    case kHang: before += kForever; break;
    case kHangAfter: after += kForever; break;
    default: after += fault.delay; break;
  }
}

std::optional<ServerResponse> fault_before(const FaultRule& fault) {
  switch (fault.kind) {
    case kErrorBefore: return server_error(fault);
    case kResetBefore:
    case kHang: return reset();
    case kRateLimited:
      return refusal_reply({.status = 429, .message = "rate limit exceeded", .retry_after = fault.retry_after});
    default: return std::nullopt;
  }
}

void fault_after(const FaultRule& fault, ServerResponse& response) {
  switch (fault.kind) {
    case kErrorAfter: response = server_error(fault); break;
    case kResetAfter:
    case kHangAfter: response = reset(); break;
    case kHtml: html(response); break;
    case kTruncated: response.body.resize(response.body.size() / 2); break;
    case kWrongTypes: wrong_types(response); break;
    case kBrackets: response.body.assign(100'000, '['); break;
    case kEmpty: response.body.clear(); break;
    default: break;
  }
}

}  // namespace fas::sim
