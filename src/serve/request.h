// What requests of the API say, read and checked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "scale/hand.h"
#include "serve/reply.h"

namespace fas::serve {

// The query of a target. Errors are kInvalid and name the parameter.
class Query {
 public:
  explicit Query(std::string_view text) : text_(text) {}

  std::string text(std::string_view name) const;  // empty: not there
  bool flag(std::string_view name) const;         // "1" or "true"
  Result<std::size_t> number(std::string_view name, std::size_t fallback, std::size_t least, std::size_t most) const;
  // A time as RFC 3339, or how long before `now`: "2h", "30d".
  Result<std::optional<WallTime>> time(std::string_view name, WallTime now) const;

 private:
  std::string_view text_;
};

// "90s", "2h", "30d"; nullopt for anything else, and below 0.
std::optional<Duration> parse_span(std::string_view text);

// The body as an object; an empty one is {}. kInvalid for anything else.
Result<Json> read_object(std::string_view body);

// {"for": "2h", "reason": ""} of a pause: `for` may be missing.
Result<scale::Hand> read_pause(const Json& body, WallTime now);

// {"started": 5 or {"min": 2, "max": 9}, "created": ..., "for": "1h", "reason": ""}: at least one count, and `for`.
Result<scale::Hand> read_override(const Json& body, WallTime now);

}  // namespace fas::serve
