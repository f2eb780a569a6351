// now(), date(), duration(), timezone(), and the methods of what they give. The methods are those of Go's time.Time,
// time.Duration, time.Month, time.Weekday and *time.Location that give one value.
#include <array>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "base/duration.h"
#include "expr/arguments.h"
#include "expr/builtin.h"
#include "expr/time.h"
#include "expr/time_layout.h"
#include "expr/zone.h"

namespace fas::expr {
namespace {

using Arguments = std::span<const Value>;
using Limits = std::numeric_limits<std::int64_t>;

// What date() tries, in this order, when it is given no layout.
constexpr std::array<std::string_view, 7> kDateLayouts{
    "2006-01-02",
    "15:04:05",
    "2006-01-02 15:04:05",
    kRfc3339Layout,
    "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST",
    "Mon, 02 Jan 2006 15:04:05 MST",
};

Value now(Context& context, Arguments arguments) {
  auto time = context.now;
  if (!arguments.empty()) {
    if (!arguments[0].is(Kind::kTimezone)) fail_argument(arguments[0], "timezone", "now");
    time.zone = arguments[0].as_zone();
  }
  return Value::time(context.arena, time);
}

const Zone* zone_named(std::string_view name) {
  const auto* zone = find_zone(name);
  if (zone == nullptr) fail_run(fmt::format("unknown time zone {}", name));
  return zone;
}

Value timezone(Context&, Arguments arguments) {
  return Value::timezone(zone_named(text_argument(arguments, 0, "timezone")));
}

Value duration(Context&, Arguments arguments) {
  const auto text = text_argument(arguments, 0, "duration");
  const auto parsed = parse_duration(text);
  if (!parsed) fail_run(fmt::format("time: invalid duration \"{}\"", text));
  return Value::duration(parsed->count());
}

// date(text), date(text, layout), date(text, layout, zone name); a time zone may stand before them all.
Value date(Context& context, Arguments arguments) {
  const Zone* zone = context.local_zone;
  if (!arguments.empty() && arguments[0].is(Kind::kTimezone)) {
    zone = arguments[0].as_zone();
    arguments = arguments.subspan(1);
  }
  if (arguments.empty()) fail_run("date needs the text of a date");
  const auto text = text_argument(arguments, 0, "date");
  if (arguments.size() > 2) zone = zone_named(text_argument(arguments, 2, "date"));
  if (arguments.size() > 1) {
    const auto layout = text_argument(arguments, 1, "date");
    if (const auto time = parse_time(text, layout, zone, context.arena)) return Value::time(context.arena, *time);
    fail_run(fmt::format("cannot read \"{}\" as a date by the layout \"{}\"", text, layout));
  }
  for (const auto layout : kDateLayouts) {
    if (const auto time = parse_time(text, layout, zone, context.arena)) return Value::time(context.arena, *time);
  }
  fail_run(fmt::format("invalid date {}", text));
}

// Go takes these arguments as they come and tests them when it runs.
Type check_date(const CheckCall& call) {
  call.expect_count(1, 4);
  return TypeKind::kTime;
}

Type check_now(const CheckCall& call) {
  const bool in_zone = call.arguments.size() == 1 && call.arguments[0].is(TypeKind::kTimezone);
  if (!in_zone) call.expect_count(0, 0);
  return TypeKind::kTime;
}

const Time& receiver_time(Arguments arguments, std::string_view function) {
  if (!arguments[0].is(Kind::kTime)) fail_argument(arguments[0], "time", function);
  return arguments[0].as_time();
}

const Time& time_argument(Arguments arguments, std::string_view function) {
  if (!arguments[1].is(Kind::kTime)) fail_argument(arguments[1], "time", function);
  return arguments[1].as_time();
}

std::int64_t duration_argument(Arguments arguments, std::string_view function) {
  if (!arguments[1].is(Kind::kDuration)) fail_argument(arguments[1], "duration", function);
  return arguments[1].as_int();
}

std::int64_t wrapping_scale(std::int64_t value, std::int64_t factor, std::int64_t add) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) * static_cast<std::uint64_t>(factor) +
                                   static_cast<std::uint64_t>(add));
}

template <auto Field>
Value civil_field(Context&, Arguments arguments) {
  return Value::integer(civil(receiver_time(arguments, "a method of time")).*Field);
}

Value time_month(Context&, Arguments arguments) { return Value::month(civil(receiver_time(arguments, "Month")).month); }
Value time_weekday(Context&, Arguments arguments) {
  return Value::weekday(civil(receiver_time(arguments, "Weekday")).weekday);
}
Value time_nanosecond(Context&, Arguments arguments) {
  return Value::integer(receiver_time(arguments, "Nanosecond").nanoseconds);
}
Value time_unix(Context&, Arguments arguments) { return Value::integer(receiver_time(arguments, "Unix").seconds); }
Value time_unix_milli(Context&, Arguments arguments) {
  const auto& time = receiver_time(arguments, "UnixMilli");
  return Value::integer(wrapping_scale(time.seconds, 1'000, time.nanoseconds / 1'000'000));
}
Value time_unix_micro(Context&, Arguments arguments) {
  const auto& time = receiver_time(arguments, "UnixMicro");
  return Value::integer(wrapping_scale(time.seconds, 1'000'000, time.nanoseconds / 1'000));
}
Value time_unix_nano(Context&, Arguments arguments) {
  const auto& time = receiver_time(arguments, "UnixNano");
  return Value::integer(wrapping_scale(time.seconds, 1'000'000'000, time.nanoseconds));
}

Value time_add(Context& context, Arguments arguments) {
  return Value::time(context.arena,
                     add_nanoseconds(receiver_time(arguments, "Add"), duration_argument(arguments, "Add")));
}
Value time_sub(Context&, Arguments arguments) {
  return Value::duration(nanoseconds_between(receiver_time(arguments, "Sub"), time_argument(arguments, "Sub")));
}
Value time_add_date(Context& context, Arguments arguments) {
  const auto years = int_argument(arguments, 1, "AddDate");
  const auto months = int_argument(arguments, 2, "AddDate");
  const auto days = int_argument(arguments, 3, "AddDate");
  return Value::time(context.arena, add_date(receiver_time(arguments, "AddDate"), years, months, days));
}
Value time_truncate(Context& context, Arguments arguments) {
  return Value::time(context.arena,
                     truncate(receiver_time(arguments, "Truncate"), duration_argument(arguments, "Truncate")));
}
Value time_round(Context& context, Arguments arguments) {
  return Value::time(context.arena, round(receiver_time(arguments, "Round"), duration_argument(arguments, "Round")));
}

int compare_times(Arguments arguments, std::string_view function) {
  return compare(receiver_time(arguments, function), time_argument(arguments, function));
}
Value time_after(Context&, Arguments arguments) { return Value::boolean(compare_times(arguments, "After") > 0); }
Value time_before(Context&, Arguments arguments) { return Value::boolean(compare_times(arguments, "Before") < 0); }
Value time_equal(Context&, Arguments arguments) { return Value::boolean(compare_times(arguments, "Equal") == 0); }
Value time_compare(Context&, Arguments arguments) { return Value::integer(compare_times(arguments, "Compare")); }
Value time_is_zero(Context&, Arguments arguments) {
  return Value::boolean(is_zero(receiver_time(arguments, "IsZero")));
}
Value time_is_dst(Context&, Arguments arguments) {
  return Value::boolean(civil(receiver_time(arguments, "IsDST")).offset.summer);
}

Value moved_to(Context& context, Time time, const Zone* zone) {
  time.zone = zone;
  return Value::time(context.arena, time);
}
Value time_in(Context& context, Arguments arguments) {
  if (!arguments[1].is(Kind::kTimezone)) fail_argument(arguments[1], "timezone", "In");
  return moved_to(context, receiver_time(arguments, "In"), arguments[1].as_zone());
}
Value time_utc(Context& context, Arguments arguments) {
  return moved_to(context, receiver_time(arguments, "UTC"), &kUtc);
}
Value time_local(Context& context, Arguments arguments) {
  return moved_to(context, receiver_time(arguments, "Local"), context.local_zone);
}
Value time_location(Context&, Arguments arguments) {
  const auto* zone = receiver_time(arguments, "Location").zone;
  return Value::timezone(zone == nullptr ? &kUtc : zone);
}

Value text(Context& context, std::string_view result) { return Value::string(context.arena.copy(result)); }

Value time_format(Context& context, Arguments arguments) {
  const auto layout = text_argument(arguments, 1, "Format");
  // An element of a layout becomes at most a few times its own length.
  if (layout.size() > context.arena.room() / 16) fail_run("memory budget exceeded");
  return text(context, format_time(receiver_time(arguments, "Format"), layout));
}
Value time_string(Context& context, Arguments arguments) {
  return text(context, format_time(receiver_time(arguments, "String")));
}
Value month_string(Context& context, Arguments arguments) { return text(context, month_name(arguments[0].as_int())); }
Value weekday_string(Context& context, Arguments arguments) {
  return text(context, weekday_name(arguments[0].as_int()));
}
Value timezone_string(Context&, Arguments arguments) {
  const auto* zone = arguments[0].as_zone();
  return Value::string(zone == nullptr ? kUtc.name : zone->name);
}
Value duration_string(Context& context, Arguments arguments) {
  return text(context, format_duration(Duration(arguments[0].as_int())));
}

// Whole units and the rest are divided apart, so that the result is exact to the last bit Go gives.
template <std::int64_t Unit>
Value duration_in(Context&, Arguments arguments) {
  const auto value = arguments[0].as_int();
  const std::int64_t whole = value / Unit;
  return Value::number(static_cast<double>(whole) + static_cast<double>(value % Unit) / static_cast<double>(Unit));
}
template <std::int64_t Unit>
Value duration_whole(Context&, Arguments arguments) {
  return Value::integer(arguments[0].as_int() / Unit);
}

Value duration_abs(Context&, Arguments arguments) {
  const auto value = arguments[0].as_int();
  if (value == Limits::min()) return Value::duration(Limits::max());
  return Value::duration(value < 0 ? -value : value);
}

Value duration_truncate(Context&, Arguments arguments) {
  const auto value = arguments[0].as_int();
  const auto unit = duration_argument(arguments, "Truncate");
  return Value::duration(unit <= 0 ? value : value - value % unit);
}

// To the nearest multiple, halves away from zero, held at the ends of 64 bits.
Value duration_round(Context&, Arguments arguments) {
  const auto value = arguments[0].as_int();
  const auto unit = duration_argument(arguments, "Round");
  if (unit <= 0) return arguments[0];
  const auto rest = value % unit;
  const auto magnitude = rest < 0 ? -rest : rest;
  if (magnitude < unit - magnitude) return Value::duration(value - rest);
  const auto step = unit - magnitude;
  if (value < 0) return Value::duration(value < Limits::min() + step ? Limits::min() : value - step);
  return Value::duration(value > Limits::max() - step ? Limits::max() : value + step);
}

constexpr Type kInt = TypeKind::kInt;
constexpr Type kFloat = TypeKind::kFloat;
constexpr Type kText = TypeKind::kString;
constexpr Type kBool = TypeKind::kBool;
constexpr Type kTime = TypeKind::kTime;
constexpr Type kDuration = TypeKind::kDuration;
constexpr Type kZone = TypeKind::kTimezone;

constexpr std::array kDurationCall{Signature{{kText}, 1, kDuration}};
constexpr std::array kTimezoneCall{Signature{{kText}, 1, kZone}};

constexpr Method of_time(std::string_view name, Type result, RunFunction run) {
  return {.receiver = TypeKind::kTime, .name = name, .signature = {{kTime}, 1, result}, .run = run};
}
constexpr Method of_time(std::string_view name, Type argument, Type result, RunFunction run) {
  return {.receiver = TypeKind::kTime, .name = name, .signature = {{kTime, argument}, 2, result}, .run = run};
}
constexpr Method of_duration(std::string_view name, Type result, RunFunction run) {
  return {.receiver = TypeKind::kDuration, .name = name, .signature = {{kDuration}, 1, result}, .run = run};
}
constexpr Method of_duration(std::string_view name, Type argument, Type result, RunFunction run) {
  return {.receiver = TypeKind::kDuration, .name = name, .signature = {{kDuration, argument}, 2, result}, .run = run};
}
constexpr Method text_of(TypeKind receiver, RunFunction run) {
  return {.receiver = receiver, .name = "String", .signature = {{receiver}, 1, kText}, .run = run};
}

}  // namespace

std::span<const Builtin> time_builtins() {
  static const std::array builtins{
      Builtin{.name = "now", .check = check_now, .run = now, .pure = false},
      Builtin{.name = "date", .check = check_date, .run = date},
      Builtin{.name = "duration", .signatures = kDurationCall, .run = duration},
      Builtin{.name = "timezone", .signatures = kTimezoneCall, .run = timezone},
  };
  return builtins;
}

std::span<const Method> time_methods() {
  static constexpr std::array kMethods{
      of_time("Year", kInt, civil_field<&CivilTime::year>),
      of_time("Month", TypeKind::kMonth, time_month),
      of_time("Day", kInt, civil_field<&CivilTime::day>),
      of_time("Hour", kInt, civil_field<&CivilTime::hour>),
      of_time("Minute", kInt, civil_field<&CivilTime::minute>),
      of_time("Second", kInt, civil_field<&CivilTime::second>),
      of_time("Nanosecond", kInt, time_nanosecond),
      of_time("Weekday", TypeKind::kWeekday, time_weekday),
      of_time("YearDay", kInt, civil_field<&CivilTime::year_day>),
      of_time("Unix", kInt, time_unix),
      of_time("UnixMilli", kInt, time_unix_milli),
      of_time("UnixMicro", kInt, time_unix_micro),
      of_time("UnixNano", kInt, time_unix_nano),
      of_time("Add", kDuration, kTime, time_add),
      of_time("Sub", kTime, kDuration, time_sub),
      Method{.receiver = TypeKind::kTime,
             .name = "AddDate",
             .signature = {{kTime, kInt, kInt, kInt}, 4, kTime},
             .run = time_add_date},
      of_time("Truncate", kDuration, kTime, time_truncate),
      of_time("Round", kDuration, kTime, time_round),
      of_time("After", kTime, kBool, time_after),
      of_time("Before", kTime, kBool, time_before),
      of_time("Equal", kTime, kBool, time_equal),
      of_time("Compare", kTime, kInt, time_compare),
      of_time("IsZero", kBool, time_is_zero),
      of_time("IsDST", kBool, time_is_dst),
      of_time("In", kZone, kTime, time_in),
      of_time("UTC", kTime, time_utc),
      of_time("Local", kTime, time_local),
      of_time("Location", kZone, time_location),
      of_time("Format", kText, kText, time_format),
      of_time("String", kText, time_string),
      of_duration("Hours", kFloat, duration_in<3'600'000'000'000>),
      of_duration("Minutes", kFloat, duration_in<60'000'000'000>),
      of_duration("Seconds", kFloat, duration_in<1'000'000'000>),
      of_duration("Milliseconds", kInt, duration_whole<1'000'000>),
      of_duration("Microseconds", kInt, duration_whole<1'000>),
      of_duration("Nanoseconds", kInt, duration_whole<1>),
      of_duration("Abs", kDuration, duration_abs),
      of_duration("Truncate", kDuration, kDuration, duration_truncate),
      of_duration("Round", kDuration, kDuration, duration_round),
      of_duration("String", kText, duration_string),
      text_of(TypeKind::kMonth, month_string),
      text_of(TypeKind::kWeekday, weekday_string),
      text_of(TypeKind::kTimezone, timezone_string),
  };
  return kMethods;
}

}  // namespace fas::expr
