// Times as text, by Go's reference layouts: a layout shows how the moment Mon Jan 2 15:04:05 MST 2006 is written, as
// https://pkg.go.dev/time#pkg-constants describes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "expr/value.h"

namespace fas::expr {

class Arena;

inline constexpr std::string_view kRfc3339Layout = "2006-01-02T15:04:05Z07:00";
inline constexpr std::string_view kRfc3339NanoLayout = "2006-01-02T15:04:05.999999999Z07:00";

// The pieces that a layout is made of. What is none of them stands for itself.
enum class LayoutElement {
  kText,
  kLongMonth,        // January
  kShortMonth,       // Jan
  kMonth,            // 1
  kMonth2,           // 01
  kLongWeekday,      // Monday
  kShortWeekday,     // Mon
  kDay,              // 2
  kDaySpace,         // _2
  kDay2,             // 02
  kYearDaySpace,     // __2
  kYearDay3,         // 002
  kHour,             // 15
  kHour12,           // 3
  kHour12Two,        // 03
  kMinute,           // 4
  kMinute2,          // 04
  kSecond,           // 5
  kSecond2,          // 05
  kLongYear,         // 2006
  kYear,             // 06
  kUpperHalf,        // PM
  kLowerHalf,        // pm
  kZoneName,         // MST
  kOffset,           // an offset; see LayoutPiece
  kFractionFixed,    // .000 or ,000: as many digits as zeros
  kFractionTrimmed,  // .999: up to as many digits, none when all are zero
};

struct LayoutPiece {
  LayoutElement element = LayoutElement::kText;
  std::string_view text;       // as it stands in the layout
  bool offset_z = false;       // of kOffset: "Z" for UTC
  bool offset_colons = false;  // "-07:00" instead of "-0700"
  int offset_fields = 0;       // 1: hours, 2: and minutes, 3: and seconds
  int digits = 0;              // of a fraction
};

// Takes the next piece off the front of `layout`: the text before the next element, or that element. Empty at the end.
LayoutPiece take_layout_piece(std::string_view& layout);

std::string format_time(const Time& time, std::string_view layout);

// nullopt when the text is not as the layout says, or names a moment that does not exist (February 30). What the layout
// leaves out is zero; without a zone in the text the time is in `zone` (null: UTC). Zones with a fixed offset that the
// text gives are made in `arena`.
std::optional<Time> parse_time(std::string_view text, std::string_view layout, const Zone* zone, Arena& arena);

}  // namespace fas::expr
