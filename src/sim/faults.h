// Faults that the simulated APIs show when asked to: by chance, or for the next so many calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/error.h"
#include "sim/random.h"
#include "sim/route.h"

namespace fas::sim {

enum class FaultKind : std::uint8_t {
  kErrorBefore,  // a 5xx, and the call has had no effect
  kErrorAfter,   // a 5xx, although the call has had its effect
  kResetBefore,  // the connection is reset instead of a reply, without effect
  kResetAfter,   // the reply is lost
  kRateLimited,  // 429 with Retry-After
  kHang,         // no reply, no effect, until the client gives up
  kHangAfter,    // the effect, and no reply
  kSlow,         // `delay` on top
  kHtml,         // effect, and an HTML page for a reply, status 200; so do the others:
  kTruncated,    // half of the reply's body
  kWrongTypes,   // JSON, with texts for numbers and numbers for texts
  kBrackets,     // 100,000 opening brackets
  kEmpty,        // no body
};

std::string_view to_string(FaultKind kind);  // "error_before", ...
std::optional<FaultKind> parse_fault_kind(std::string_view text);

struct FaultRule {
  FaultKind kind = FaultKind::kErrorBefore;
  std::string action = "*";  // as to_string(Action), or "*" for all but those under /sim and /metrics
  std::string app = "*";     // a pattern
  double rate = 1;           // the chance of each call
  int count = -1;            // of calls that it still strikes; -1: no end
  int status = 503;          // of kErrorBefore and kErrorAfter
  int retry_after = 1;       // seconds, of kRateLimited
  Duration delay{0};         // before the reply

  // "KIND=RATE" or "KIND:ACTION=RATE", as in "reset_after:create=0.05". Errors: kInvalid.
  static Result<FaultRule> parse(std::string_view text);
};

class Faults {
 public:
  explicit Faults(Random random) : random_(random) {}

  void add(FaultRule rule) { rules_.push_back(std::move(rule)); }
  // Each call meets, with that chance, one of error_before, error_after, reset_before, reset_after and rate_limited.
  void add_mix(double rate);
  void clear() { rules_.clear(); }
  bool none() const { return rules_.empty(); }
  const std::vector<FaultRule>& rules() const { return rules_; }

  // The first rule that strikes; used-up rules are dropped.
  std::optional<FaultRule> draw(const Route& route);

 private:
  std::vector<FaultRule> rules_;
  Random random_;
};

}  // namespace fas::sim
