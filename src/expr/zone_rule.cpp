#include "expr/zone_rule.h"

#include <fstream>
#include <utility>

#include "expr/time.h"

namespace fas::expr {
namespace {

constexpr int kHour = 3'600;
constexpr std::int64_t kDay = 86'400;
constexpr int kFebruary29 = 31 + 29;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes parts off the front of the text; each returns nullopt when the part is not there.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }

  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::optional<int> number(int least, int most) {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && digits < 4 && is_digit(text_[digits]); ++digits) {
      value = value * 10 + (text_[digits] - '0');
    }
    text_.remove_prefix(digits);
    if (digits == 0 || value < least || value > most) return std::nullopt;
    return value;
  }

  // Three letters or more; anything between angle brackets.
  std::optional<std::string> abbreviation() {
    const bool quoted = take('<');
    std::size_t size = 0;
    const auto ends = [&](char c) { return quoted ? c == '>' : is_digit(c) || c == ',' || c == '+' || c == '-'; };
    while (size < text_.size() && !ends(text_[size])) ++size;
    std::string name(text_.substr(0, size));
    text_.remove_prefix(size);
    if (quoted ? !take('>') : size < 3) return std::nullopt;
    return name;
  }

  // [+-]hh[:mm[:ss]]
  std::optional<int> clock_time() {
    const bool negative = take('-');
    if (!negative) take('+');
    const auto hours = number(0, 24 * 7);
    if (!hours) return std::nullopt;
    int seconds = *hours * kHour;
    for (int unit = 60; unit > 0 && take(':'); unit = unit == 60 ? 1 : 0) {
      const auto part = number(0, 59);
      if (!part) return std::nullopt;
      seconds += *part * unit;
    }
    return negative ? -seconds : seconds;
  }

  std::optional<YearlyChange> change() {
    YearlyChange out;
    if (!take(',') || !day(out)) return std::nullopt;
    if (!take('/')) return out;
    const auto time = clock_time();
    if (!time) return std::nullopt;
    out.seconds = *time;
    return out;
  }

 private:
  bool day(YearlyChange& out) {
    using Kind = YearlyChange::Kind;
    if (take('M')) {
      const auto month = number(1, 12);
      const auto week = month && take('.') ? number(1, 5) : std::nullopt;
      const auto weekday = week && take('.') ? number(0, 6) : std::nullopt;
      if (!weekday) return false;
      out = {.kind = Kind::kMonthWeekDay, .month = *month, .week = *week, .day = *weekday};
      return true;
    }
    out.kind = take('J') ? Kind::kDayWithoutLeapDay : Kind::kDayOfYear;
    const auto number_of_day = number(out.kind == Kind::kDayOfYear ? 0 : 1, 365);
    if (!number_of_day) return false;
    out.day = *number_of_day;
    return true;
  }

  std::string_view text_;
};

// The instant of a yearly change, on a clock that is `offset` ahead of UTC.
std::int64_t change_instant(std::int64_t year, const YearlyChange& change, std::int32_t offset) {
  const auto first = change.kind == YearlyChange::Kind::kMonthWeekDay ? change.month : 1;
  const auto month_start = make_time(year, first, 1, 0, 0, nullptr);
  std::int64_t days = change.day;
  switch (change.kind) {
    case YearlyChange::Kind::kMonthWeekDay:
      days = (change.day - civil(month_start).weekday + 7) % 7 + 7 * (change.week - 1);
      if (days >= days_in_month(year, change.month)) days -= 7;
      break;
    case YearlyChange::Kind::kDayWithoutLeapDay:
      if (!is_leap_year(year) || change.day < kFebruary29) --days;
      break;
    case YearlyChange::Kind::kDayOfYear: break;
  }
  return month_start.seconds + days * kDay + change.seconds - offset;
}

}  // namespace

bool ZoneRule::is_summer(std::int64_t seconds) const {
  const auto year = civil({.seconds = seconds, .nanoseconds = 0, .zone = nullptr}).year;
  const auto begin = change_instant(year, to_summer, standard.offset);
  const auto end = change_instant(year, to_standard, summer.offset);
  if (begin < end) return seconds >= begin && seconds < end;
  return seconds < end || seconds >= begin;  // south of the equator summer lies across the new year
}

std::optional<ZoneRule> parse_zone_rule(std::string_view text) {
  RuleReader reader(text);
  ZoneRule rule;
  auto standard = reader.abbreviation();
  const auto offset = standard ? reader.clock_time() : std::nullopt;
  auto summer = offset ? reader.abbreviation() : std::nullopt;
  if (!summer) return std::nullopt;
  rule.standard = {.abbreviation = std::move(*standard), .offset = -*offset};  // POSIX counts westwards
  rule.summer = {.abbreviation = std::move(*summer), .offset = rule.standard.offset + kHour};
  if (!RuleReader(reader).take(',')) {
    const auto summer_offset = reader.clock_time();
    if (!summer_offset) return std::nullopt;
    rule.summer.offset = -*summer_offset;
  }
  const auto to_summer = reader.change();
  const auto to_standard = to_summer ? reader.change() : std::nullopt;
  if (!to_standard || !reader.done()) return std::nullopt;
  rule.to_summer = *to_summer;
  rule.to_standard = *to_standard;
  return rule;
}

std::optional<ZoneRule> read_zone_rule(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string line;
  std::string last;
  // Version 2 files and later end in the rule, on a line of its own.
  while (std::getline(in, line)) last.swap(line);
  return parse_zone_rule(last);
}

}  // namespace fas::expr
