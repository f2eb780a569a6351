#include <cstdlib>

#include "base/number_text.h"
#include "expr/arena.h"
#include "expr/time.h"
#include "expr/time_layout.h"

namespace fas::expr {
namespace {

using enum LayoutElement;

bool is_digit(std::string_view text, std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }
bool is_upper(std::string_view text, std::size_t at) { return at < text.size() && text[at] >= 'A' && text[at] <= 'Z'; }
bool is_separator(std::string_view text) { return !text.empty() && (text[0] == '.' || text[0] == ','); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool skip_name(std::string_view& text, std::string_view name) {
  if (text.size() < name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (lower(text[i]) != lower(name[i])) return false;
  }
  text.remove_prefix(name.size());
  return true;
}

// How many of the first bytes of "+5", "-12", ... are a whole number of hours up to 23 with its sign; 0 if none.
std::size_t signed_hours_length(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return 0;
  std::size_t end = 1;
  int hours = 0;
  for (; is_digit(text, end); ++end) hours = hours > 99 ? hours : hours * 10 + (text[end] - '0');
  return end == 1 || hours > 23 ? 0 : end;
}

// How many of the first bytes look like the abbreviation of a zone; 0 when none do. Without a database of them all,
// three to five capitals are one, with few exceptions.
std::size_t abbreviation_length(std::string_view text) {
  if (text.size() < 3) return 0;
  if (text.starts_with("ChST") || text.starts_with("MeST")) return 4;
  if (text.starts_with("GMT")) return 3 + signed_hours_length(text.substr(3));
  if (text[0] == '+' || text[0] == '-') return signed_hours_length(text);
  std::size_t capitals = 0;
  while (capitals < 6 && is_upper(text, capitals)) ++capitals;
  if (capitals == 3) return 3;
  if (capitals == 4) return text[3] == 'T' || text.starts_with("WITA") ? 4 : 0;
  return capitals == 5 && text[4] == 'T' ? 5 : 0;
}

class Parser {
 public:
  Parser(std::string_view text, const Zone* zone, Arena& arena) : text_(text), zone_(zone), arena_(arena) {}

  std::optional<Time> parse(std::string_view layout) {
    while (!layout.empty()) {
      const auto piece = take_layout_piece(layout);
      const bool ok = piece.element == kText ? take_text(piece.text) : take_element(piece, layout);
      if (!ok) return std::nullopt;
    }
    if (!text_.empty()) return std::nullopt;
    settle_clock();
    if (!settle_date()) return std::nullopt;
    return in_zone();
  }

 private:
  // Spaces in the layout stand for any number of them, also none at the end.
  bool take_text(std::string_view wanted) {
    while (!wanted.empty()) {
      if (wanted[0] == ' ') {
        if (!text_.empty() && text_[0] != ' ') return false;
        skip_spaces(wanted);
        skip_spaces(text_);
        continue;
      }
      if (text_.empty() || text_[0] != wanted[0]) return false;
      wanted.remove_prefix(1);
      text_.remove_prefix(1);
    }
    return true;
  }

  static void skip_spaces(std::string_view& text) {
    while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  }

  // One digit or two; exactly two when `both`.
  bool take_two(int& out, bool both) {
    if (!is_digit(text_, 0)) return false;
    const bool two = is_digit(text_, 1);
    if (both && !two) return false;
    return take_digits(out, two ? 2 : 1);
  }

  bool take_digits(int& out, std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(text_, i)) return false;
      value = value * 10 + (text_[i] - '0');
    }
    out = value;
    text_.remove_prefix(count);
    return true;
  }

  bool take_two_within(int& out, bool both, int least, int most) {
    return take_two(out, both) && out >= least && out <= most;
  }

  bool take_month_name(bool full) {
    for (int month = 1; month <= 12; ++month) {
      const auto name = month_name(month);
      if (!skip_name(text_, full ? name : name.substr(0, 3))) continue;
      month_ = month;
      return true;
    }
    return false;
  }

  bool take_weekday_name(bool full) {  // must be one, but need not fit the date
    for (int weekday = 0; weekday < 7; ++weekday) {
      const auto name = weekday_name(weekday);
      if (skip_name(text_, full ? name : name.substr(0, 3))) return true;
    }
    return false;
  }

  // Two characters that strconv.Atoi takes: two digits, or a sign and one.
  bool take_short_year() {
    if (text_.size() < 2) return false;
    const auto year = parse_int(text_.substr(0, 2));
    if (!year) return false;
    text_.remove_prefix(2);
    year_ = static_cast<int>(year.value) + (year.value >= 69 ? 1900 : 2000);
    return true;
  }

  bool take_year_day(bool spaces) {
    for (int i = 0; spaces && i < 2 && !text_.empty() && text_[0] == ' '; ++i) text_.remove_prefix(1);
    std::size_t digits = 0;
    while (digits < 3 && is_digit(text_, digits)) ++digits;
    if (digits == 0 || (!spaces && digits != 3)) return false;
    return take_digits(year_day_, digits);
  }

  // A fraction in the text is read even where the layout has none.
  bool take_second(bool both, std::string_view rest_of_layout) {
    if (!take_two_within(second_, both, 0, 59)) return false;
    if (!is_separator(text_) || !is_digit(text_, 1)) return true;
    auto next = LayoutPiece{};
    while (!rest_of_layout.empty()) {
      next = take_layout_piece(rest_of_layout);
      if (next.element != kText) break;
    }
    if (next.element == kFractionFixed || next.element == kFractionTrimmed) return true;
    take_fraction_digits(text_.size());
    return true;
  }

  // At most `most` digits after the separator; beyond the ninth they are dropped.
  void take_fraction_digits(std::size_t most) {
    text_.remove_prefix(1);
    nanoseconds_ = 0;
    std::size_t count = 0;
    for (; count < most && is_digit(text_, count); ++count) {
      if (count < 9) nanoseconds_ = nanoseconds_ * 10 + (text_[count] - '0');
    }
    for (std::size_t i = count; i < 9; ++i) nanoseconds_ *= 10;
    text_.remove_prefix(count);
  }

  bool take_fixed_fraction(const LayoutPiece& piece) {
    const auto digits = piece.text.size() - 1;
    if (text_.size() <= digits || !is_separator(text_)) return false;
    for (std::size_t i = 1; i <= digits; ++i) {
      if (!is_digit(text_, i)) return false;
    }
    take_fraction_digits(digits);
    return true;
  }

  bool take_half(std::string_view am, std::string_view pm) {
    if (text_.starts_with(pm)) {
      pm_ = true;
    } else if (text_.starts_with(am)) {
      am_ = true;
    } else {
      return false;
    }
    text_.remove_prefix(2);
    return true;
  }

  bool take_offset(const LayoutPiece& piece) {
    if (piece.offset_z && text_.starts_with("Z")) {
      text_.remove_prefix(1);
      utc_ = true;
      return true;
    }
    if (text_.empty() || (text_[0] != '+' && text_[0] != '-')) return false;
    const bool west = text_[0] == '-';
    text_.remove_prefix(1);
    // Some write 24 hours, 60 minutes and 60 seconds; that is let pass.
    constexpr int kMost[] = {24, 60, 60};
    int offset = 0;
    for (int field = 0; field < 3; ++field) {
      int value = 0;
      if (field < piece.offset_fields) {
        if (field > 0 && piece.offset_colons && !take_text(":")) return false;
        if (!take_digits(value, 2) || value > kMost[field]) return false;
      }
      offset = offset * 60 + value;
    }
    offset_ = west ? -offset : offset;
    return true;
  }

  bool take_zone_name() {
    if (text_.starts_with("UTC")) {
      utc_ = true;
      text_.remove_prefix(3);
      return true;
    }
    const auto length = abbreviation_length(text_);
    if (length == 0) return false;
    zone_name_ = text_.substr(0, length);
    text_.remove_prefix(length);
    return true;
  }

  bool take_element(const LayoutPiece& piece, std::string_view rest_of_layout) {
    switch (piece.element) {
      case kText: return take_text(piece.text);
      case kLongMonth:
      case kShortMonth: return take_month_name(piece.element == kLongMonth);
      case kMonth:
      case kMonth2: return take_two_within(month_, piece.element == kMonth2, 1, 12);
      case kLongWeekday:
      case kShortWeekday: return take_weekday_name(piece.element == kLongWeekday);
      case kDaySpace:
        if (text_.starts_with(" ")) text_.remove_prefix(1);
        return take_two(day_, false);
      case kDay:
      case kDay2: return take_two(day_, piece.element == kDay2);
      case kYearDaySpace:
      case kYearDay3: return take_year_day(piece.element == kYearDaySpace);
      case kHour: return take_two_within(hour_, false, 0, 23);
      case kHour12:
      case kHour12Two: return take_two_within(hour_, piece.element == kHour12Two, 0, 12);
      case kMinute:
      case kMinute2: return take_two_within(minute_, piece.element == kMinute2, 0, 59);
      case kSecond:
      case kSecond2: return take_second(piece.element == kSecond2, rest_of_layout);
      case kLongYear: return take_digits(year_, 4);
      case kYear: return take_short_year();
      case kUpperHalf: return take_half("AM", "PM");
      case kLowerHalf: return take_half("am", "pm");
      case kZoneName: return take_zone_name();
      case kOffset: return take_offset(piece);
      case kFractionFixed: return take_fixed_fraction(piece);
      case kFractionTrimmed:
        if (is_separator(text_) && is_digit(text_, 1)) take_fraction_digits(text_.size());
        return true;
    }
    return false;
  }

  void settle_clock() {
    if (pm_ && hour_ < 12) {
      hour_ += 12;
    } else if (am_ && hour_ == 12) {
      hour_ = 0;
    }
  }

  // A day of the year and a month or day beside it must agree.
  bool settle_date() {
    if (year_day_ >= 0) {
      if (year_day_ < 1 || year_day_ > (is_leap_year(year_) ? 366 : 365)) return false;
      int month = 1;
      int day = year_day_;
      for (; day > days_in_month(year_, month); ++month) day -= days_in_month(year_, month);
      if ((month_ >= 0 && month_ != month) || (day_ >= 0 && day_ != day)) return false;
      month_ = month;
      day_ = day;
    }
    if (month_ < 0) month_ = 1;
    if (day_ < 0) day_ = 1;
    return day_ >= 1 && day_ <= days_in_month(year_, month_);
  }

  Time at(const Zone* zone) const {
    return make_time(year_, month_, day_, hour_ * 3'600 + minute_ * 60 + second_, nanoseconds_, zone);
  }

  Time in_zone() {
    if (utc_) return at(&kUtc);
    auto time = at(&kUtc);
    if (offset_) {
      time.seconds -= *offset_;
      const auto local = zone_offset(zone_, time.seconds);
      const bool same = local.seconds == *offset_ && (zone_name_.empty() || zone_name_ == local.abbreviation);
      time.zone = same ? zone_ : fixed_zone(arena_, zone_name_, *offset_);
      return time;
    }
    if (zone_name_.empty()) return at(zone_);
    if (const auto known = abbreviation_offset(zone_, zone_name_, time.seconds)) {
      time.seconds -= *known;
      time.zone = zone_;
      return time;
    }
    // Only the name is known: the time counts as UTC under that name. So it does for "GMT+3", whose offset shows only
    // in the fields; Go does the same.
    std::int32_t offset = 0;
    if (zone_name_.size() > 3 && zone_name_.starts_with("GMT")) {
      offset = static_cast<std::int32_t>(parse_int(zone_name_.substr(3)).value * 3'600);
    }
    time.zone = fixed_zone(arena_, zone_name_, offset);
    return time;
  }

  std::string_view text_;
  const Zone* zone_;
  Arena& arena_;
  int year_ = 0;
  int month_ = -1;
  int day_ = -1;
  int year_day_ = -1;
  int hour_ = 0;
  int minute_ = 0;
  int second_ = 0;
  std::int32_t nanoseconds_ = 0;
  bool am_ = false;
  bool pm_ = false;
  bool utc_ = false;
  std::optional<int> offset_;
  std::string_view zone_name_;
};

}  // namespace

std::optional<Time> parse_time(std::string_view text, std::string_view layout, const Zone* zone, Arena& arena) {
  return Parser(text, zone, arena).parse(layout);
}

}  // namespace fas::expr
