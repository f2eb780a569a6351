#include "scale/schedule.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>
#include <utility>

namespace fas::scale {

Result<Schedule> Schedule::make(ScheduleText text) {
  Result<Cron> cron = Cron::parse(text.cron);
  if (!cron) return fail_with("cron", std::move(cron.error()));
  Schedule schedule;
  try {
    schedule.zone_ = date::locate_zone(text.zone.empty() ? "UTC" : text.zone);
  } catch (const std::exception&) {
    return fail(ErrorKind::kInvalid,
                fmt::format("unknown time zone \"{}\"; write one as \"Europe/Zurich\" or \"UTC\"", text.zone));
  }
  schedule.name_ = text.name.empty() ? text.cron : std::move(text.name);
  schedule.cron_ = *cron;
  schedule.duration_ = text.duration - Duration{1};
  schedule.clamp_ = text.clamp;
  return schedule;
}

}  // namespace fas::scale
