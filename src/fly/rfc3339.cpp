#include "fly/rfc3339.h"

#include <chrono>

namespace fas::fly {
namespace {

using std::chrono::nanoseconds;

// Reads from the front of a text; once something does not fit, everything after fails too.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    return value;
  }
  bool one_of(std::string_view choices) {
    if (text_.empty() || choices.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view choices) { ok_ = one_of(choices) && ok_; }
  nanoseconds fraction() {
    nanoseconds value{0};
    bool any = false;
    for (long unit = 100'000'000; next_is_digit(); unit /= 10) {
      value += nanoseconds(unit * digit());
      any = true;
    }
    ok_ = ok_ && any;
    return value;
  }
  char front() const { return text_.empty() ? '\0' : text_.front(); }
  bool done() const { return ok_ && text_.empty(); }

 private:
  bool next_is_digit() const { return !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; }
  int digit() {
    if (!next_is_digit()) {
      ok_ = false;
      return 0;
    }
    const int value = text_.front() - '0';
    text_.remove_prefix(1);
    return value;
  }

  std::string_view text_;
  bool ok_ = true;
};

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  using std::chrono::day;
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::month;
  using std::chrono::seconds;
  using std::chrono::sys_days;
  using std::chrono::year;
  Reader in(text);
  const int year_number = in.number(4);
  in.expect("-");
  const int month_number = in.number(2);
  in.expect("-");
  const int day_number = in.number(2);
  in.expect("Tt ");
  const int hour = in.number(2);
  in.expect(":");
  const int minute = in.number(2);
  in.expect(":");
  const int second = in.number(2);
  nanoseconds time = hours(hour) + minutes(minute) + seconds(second);
  if (in.one_of(".")) time += in.fraction();

  const char sign = in.front();
  in.expect("Zz+-");
  if (sign == '+' || sign == '-') {
    const int offset_hours = in.number(2);
    in.expect(":");
    const int offset_minutes = in.number(2);
    if (offset_hours > 23 || offset_minutes > 59) return std::nullopt;
    const nanoseconds offset = hours(offset_hours) + minutes(offset_minutes);
    time += sign == '+' ? -offset : offset;
  }
  const std::chrono::year_month_day date(year(year_number), month(static_cast<unsigned>(month_number)),
                                         day(static_cast<unsigned>(day_number)));
  const bool in_range = year_number >= 1900 && year_number <= 2200 && hour <= 23 && minute <= 59 && second <= 60;
  if (!in.done() || !in_range || !date.ok()) return std::nullopt;
  return WallTime(std::chrono::duration_cast<WallTime::duration>(sys_days(date).time_since_epoch() + time));
}

}  // namespace fas::fly
