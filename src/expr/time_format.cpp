#include <cstdlib>

#include "expr/time.h"
#include "expr/time_layout.h"

namespace fas::expr {
namespace {

using enum LayoutElement;

void append_padded(std::string& out, std::int64_t value, std::size_t width, char fill = '0') {
  if (value < 0) {
    out += '-';
    value = -value;
  }
  const auto digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), fill);
  out += digits;
}

void append_offset(std::string& out, std::int32_t seconds, bool colons, int fields) {
  out += seconds / 60 < 0 ? '-' : '+';
  const auto magnitude = std::abs(seconds);
  append_padded(out, magnitude / 3'600, 2);
  if (fields >= 2) {
    if (colons) out += ':';
    append_padded(out, magnitude / 60 % 60, 2);
  }
  if (fields >= 3) {
    if (colons) out += ':';
    append_padded(out, magnitude % 60, 2);
  }
}

void append_fraction(std::string& out, const LayoutPiece& piece, std::int32_t nanoseconds) {
  std::string digits;
  append_padded(digits, nanoseconds, 9);
  digits.resize(static_cast<std::size_t>(piece.digits));
  if (piece.element == kFractionTrimmed) {
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    if (digits.empty()) return;
  }
  out += piece.text.front();
  out += digits;
}

int hour12(int hour) { return hour % 12 == 0 ? 12 : hour % 12; }

void append_element(std::string& out, const LayoutPiece& piece, const CivilTime& time, std::int32_t nanoseconds) {
  switch (piece.element) {
    case kText: out += piece.text; break;
    case kLongMonth: out += month_name(time.month); break;
    case kShortMonth: out += month_name(time.month).substr(0, 3); break;
    case kMonth: append_padded(out, time.month, 1); break;
    case kMonth2: append_padded(out, time.month, 2); break;
    case kLongWeekday: out += weekday_name(time.weekday); break;
    case kShortWeekday: out += weekday_name(time.weekday).substr(0, 3); break;
    case kDay: append_padded(out, time.day, 1); break;
    case kDaySpace: append_padded(out, time.day, 2, ' '); break;
    case kDay2: append_padded(out, time.day, 2); break;
    case kYearDaySpace: append_padded(out, time.year_day, 3, ' '); break;
    case kYearDay3: append_padded(out, time.year_day, 3); break;
    case kHour: append_padded(out, time.hour, 2); break;
    case kHour12: append_padded(out, hour12(time.hour), 1); break;
    case kHour12Two: append_padded(out, hour12(time.hour), 2); break;
    case kMinute: append_padded(out, time.minute, 1); break;
    case kMinute2: append_padded(out, time.minute, 2); break;
    case kSecond: append_padded(out, time.second, 1); break;
    case kSecond2: append_padded(out, time.second, 2); break;
    case kLongYear: append_padded(out, time.year, 4); break;
    case kYear: append_padded(out, std::abs(time.year % 100), 2); break;
    case kUpperHalf: out += time.hour >= 12 ? "PM" : "AM"; break;
    case kLowerHalf: out += time.hour >= 12 ? "pm" : "am"; break;
    case kZoneName:
      if (time.offset.abbreviation.empty()) {
        append_offset(out, time.offset.seconds, false, 2);
      } else {
        out += time.offset.abbreviation;
      }
      break;
    case kOffset:
      if (piece.offset_z && time.offset.seconds == 0) {
        out += 'Z';
      } else {
        append_offset(out, time.offset.seconds, piece.offset_colons, piece.offset_fields);
      }
      break;
    case kFractionFixed:
    case kFractionTrimmed: append_fraction(out, piece, nanoseconds); break;
  }
}

}  // namespace

std::string format_time(const Time& time, std::string_view layout) {
  const auto shown = civil(time);
  std::string out;
  while (!layout.empty()) append_element(out, take_layout_piece(layout), shown, time.nanoseconds);
  return out;
}

}  // namespace fas::expr
