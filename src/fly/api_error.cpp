// What a reply that is no success means.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "fly/api_caller.h"
#include "fly/excerpt.h"
#include "fly/json.h"

namespace fas::fly {
namespace {

using net::Effect;

template <std::size_t N>
bool mentions(const std::string& lower_case, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return lower_case.find(word) != std::string::npos; });
}

// The wording is all that tells these from a request that is wrong.
constexpr std::array<std::string_view, 4> kNoRoom = {"insufficient resources", "insufficient capacity", "no capacity",
                                                     "not enough capacity"};
constexpr std::array<std::string_view, 4> kNameTaken = {"already exists", "already in use", "already been taken",
                                                        "unique name violation"};

ErrorKind kind_of_refusal(const std::string& message) {
  const std::string text = to_lower_ascii(message);
  if (mentions(text, kNoRoom)) return ErrorKind::kCapacity;
  if (mentions(text, kNameTaken)) return ErrorKind::kConflict;
  return ErrorKind::kInvalid;
}

ErrorKind kind_of_status(int status, const std::string& message, Effect effect) {
  const bool read = effect == Effect::kRead;
  switch (status) {
    case 401:
    case 403: return ErrorKind::kUnauthorized;
    case 404: return ErrorKind::kNotFound;
    case 408: return read ? ErrorKind::kTimeout : ErrorKind::kUnknownOutcome;
    case 409: return kind_of_refusal(message) == ErrorKind::kCapacity ? ErrorKind::kCapacity : ErrorKind::kConflict;
    case 412: return kind_of_refusal(message) == ErrorKind::kCapacity ? ErrorKind::kCapacity : ErrorKind::kPrecondition;
    case 429: return ErrorKind::kRateLimited;
    default: break;
  }
  if (status >= 500) return read ? ErrorKind::kUnavailable : ErrorKind::kUnknownOutcome;
  if (status >= 400) return kind_of_refusal(message);
  return ErrorKind::kMalformed;  // a redirect or an interim reply: not this API
}

// `message` is preferred where it is present; a body that is no JSON is quoted.
std::string message_of(const std::string& body) {
  constexpr std::size_t kLongest = 1U << 16U;
  const nlohmann::json reply = body.size() > kLongest ? nlohmann::json() : parse_json(body);
  for (const char* key : {"message", "error"}) {
    if (std::string text = json_text(reply, key); !text.empty()) return text;
  }
  return excerpt(body);
}

std::string_view advice(ErrorKind kind) {
  return kind == ErrorKind::kUnauthorized ? "; is the API token right, and may it act on this app?" : "";
}

}  // namespace

Error error_of_reply(const net::HttpResponse& reply, Effect effect, WallTime now) {
  constexpr std::size_t kLongestMessage = 500;
  constexpr std::size_t kLongestId = 100;
  const std::string told = printable(message_of(reply.body), kLongestMessage);
  Error error;
  error.kind = kind_of_status(reply.status, told, effect);
  error.http_status = reply.status;
  error.request_id = printable(reply.header("fly-request-id"), kLongestId);
  error.retry_after = net::parse_retry_after(reply.header("retry-after"), now);
  error.message = fmt::format("HTTP {}: {}{}", reply.status, told, advice(error.kind));
  if (!error.request_id.empty()) error.message += fmt::format(" (fly-request-id {})", error.request_id);
  return error;
}

}  // namespace fas::fly
