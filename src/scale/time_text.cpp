#include "scale/time_text.h"

#include <date/date.h>

#include <array>
#include <sstream>

namespace fas::scale {

std::string time_text(WallTime time) { return date::format("%FT%TZ", date::floor<std::chrono::milliseconds>(time)); }

std::optional<WallTime> parse_time(std::string_view text) {
  constexpr std::array kForms = {"%FT%TZ", "%FT%T%Ez", "%FT%T", "%F %T", "%FT%RZ", "%FT%R%Ez", "%FT%R", "%F %R", "%F"};
  for (const char* form : kForms) {
    std::istringstream in{std::string(text)};
    date::sys_time<std::chrono::microseconds> time;
    in >> date::parse(form, time);
    if (!in.fail() && in.peek() == std::istringstream::traits_type::eof()) return WallTime(time);
  }
  return std::nullopt;
}

}  // namespace fas::scale
