#include "base/cron.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"

namespace fas {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct FieldRule {
  std::string_view name;
  int lowest;
  int highest;
  std::span<const std::string_view> names;
  int first_name;  // the number that names[0] stands for
};

constexpr FieldRule kMinute{"minute", 0, 59, {}, 0};
constexpr FieldRule kHour{"hour", 0, 23, {}, 0};
constexpr FieldRule kDay{"day of month", 1, 31, {}, 0};
constexpr FieldRule kMonth{"month", 1, 12, kMonths, 1};
constexpr FieldRule kWeekday{"day of week", 0, 7, kWeekdays, 0};  // 7 is Sunday, too

std::optional<int> number(std::string_view text, const FieldRule& rule) {
  const std::string lower = to_lower_ascii(text);
  for (std::size_t i = 0; i < rule.names.size(); ++i) {
    if (rule.names[i] == lower) return rule.first_name + static_cast<int>(i);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < rule.lowest || value > rule.highest) {
    return std::nullopt;
  }
  return value;
}

// "*", "5", "1-5", each with "/STEP".
template <std::size_t N>
bool add_item(std::string_view item, const FieldRule& rule, std::bitset<N>& bits) {
  int step = 1;
  const std::size_t slash = item.find('/');
  if (slash != std::string_view::npos) {
    const FieldRule step_rule{rule.name, 1, rule.highest, {}, 0};
    const std::optional<int> parsed = number(item.substr(slash + 1), step_rule);
    if (!parsed) return false;
    step = *parsed;
  }
  const std::string_view range = item.substr(0, slash);
  std::optional<int> from = rule.lowest;
  std::optional<int> to = rule.highest == 7 ? 6 : rule.highest;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    from = number(range.substr(0, dash), rule);
    if (dash != std::string_view::npos) {
      to = number(range.substr(dash + 1), rule);
    } else if (slash == std::string_view::npos) {
      to = from;
    }
  }
  if (!from || !to || *from > *to) return false;
  for (int value = *from; value <= *to; value += step) bits.set(static_cast<std::size_t>(value) % bits.size());
  return true;
}

template <std::size_t N>
Result<std::bitset<N>> parse_field(std::string_view text, const FieldRule& rule) {
  std::bitset<N> bits;
  for (const std::string_view item : split(text, ',')) {
    if (!add_item(item, rule, bits)) {
      return fail(ErrorKind::kInvalid, fmt::format("cannot read \"{}\" as {}; write {}-{}, lists (1,15), ranges (1-5), "
                                                   "steps (*/5) or *",
                                                   text, rule.name, rule.lowest, rule.highest));
    }
  }
  return bits;
}

std::string_view expand_nickname(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kNicknames = {
      {{"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"}, {"@weekly", "0 0 * * 0"}, {"@monthly", "0 0 1 * *"}}};
  for (const auto& [nickname, meaning] : kNicknames) {
    if (text == nickname) return meaning;
  }
  return text;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

WallTime to_wall(date::local_seconds local, const date::time_zone& zone) {
  const date::local_info info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return WallTime(info.first.end.time_since_epoch());
  return WallTime(local.time_since_epoch() - info.first.offset);
}

}  // namespace

Result<const date::time_zone*> find_time_zone(std::string_view name) {
  try {
    return date::locate_zone(name.empty() ? "UTC" : std::string(name));
  } catch (const std::exception&) {
    return fail(ErrorKind::kInvalid,
                fmt::format("unknown time zone \"{}\"; write one as \"Europe/Zurich\" or \"UTC\"", name));
  }
}

Result<Cron> Cron::parse(std::string_view text) {
  const std::vector<std::string_view> words = words_of(expand_nickname(trim(text)));
  if (words.size() != 5) {
    return fail(ErrorKind::kInvalid,
                fmt::format("has {} fields, not 5; write minute, hour, day of month, month, day of week, as in "
                            "\"0 8 * * 1-5\"",
                            words.size()));
  }
  Cron cron;
  std::string problem;
  const auto read = [&]<std::size_t N>(std::bitset<N>& bits, std::string_view word, const FieldRule& rule) {
    Result<std::bitset<N>> parsed = parse_field<N>(word, rule);
    if (parsed) {
      bits = *parsed;
    } else if (problem.empty()) {
      problem = std::move(parsed.error().message);
    }
  };
  read(cron.minutes_, words[0], kMinute);
  read(cron.hours_, words[1], kHour);
  read(cron.days_, words[2], kDay);
  read(cron.months_, words[3], kMonth);
  read(cron.weekdays_, words[4], kWeekday);
  if (!problem.empty()) return fail(ErrorKind::kInvalid, std::move(problem));
  cron.any_day_ = words[2].starts_with('*');
  cron.any_weekday_ = words[4].starts_with('*');
  return cron;
}

bool Cron::matches_day(int month, int day, int weekday) const {
  if (!months_[static_cast<std::size_t>(month)]) return false;
  const bool by_day = days_[static_cast<std::size_t>(day)];
  const bool by_weekday = weekdays_[static_cast<std::size_t>(weekday)];
  return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

std::optional<WallTime> Cron::last(WallTime now, Duration back, const date::time_zone& zone) const {
  const auto now_seconds = date::floor<std::chrono::seconds>(now);
  const WallTime earliest = now - std::chrono::duration_cast<WallTime::duration>(back);
  const date::local_days first_day =
      date::floor<date::days>(zone.to_local(date::floor<std::chrono::seconds>(earliest))) - date::days(1);
  for (date::local_days day = date::floor<date::days>(zone.to_local(now_seconds)); day >= first_day;
       day -= date::days(1)) {
    const date::year_month_day calendar(day);
    const auto weekday = static_cast<int>(date::weekday(day).c_encoding());
    if (!matches_day(static_cast<int>(static_cast<unsigned>(calendar.month())),
                     static_cast<int>(static_cast<unsigned>(calendar.day())), weekday)) {
      continue;
    }
    for (int hour = 23; hour >= 0; --hour) {
      if (!hours_[static_cast<std::size_t>(hour)]) continue;
      for (int minute = 59; minute >= 0; --minute) {
        if (!minutes_[static_cast<std::size_t>(minute)]) continue;
        const WallTime at = to_wall(day + std::chrono::hours(hour) + std::chrono::minutes(minute), zone);
        if (at > now) continue;
        if (at < earliest) return std::nullopt;
        return at;
      }
    }
  }
  return std::nullopt;
}

}  // namespace fas
