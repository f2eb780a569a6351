#include "scale/schedule.h"

#include <utility>

namespace fas::scale {

Result<Schedule> Schedule::make(ScheduleText text) {
  Result<Cron> cron = Cron::parse(text.cron);
  if (!cron) return fail_with("cron", std::move(cron.error()));
  Schedule schedule;
  const Result<const date::time_zone*> zone = find_time_zone(text.zone);
  if (!zone) return std::unexpected(zone.error());
  schedule.zone_ = *zone;
  schedule.name_ = text.name.empty() ? text.cron : std::move(text.name);
  schedule.cron_ = *cron;
  schedule.duration_ = text.duration - Duration{1};
  schedule.clamp_ = text.clamp;
  return schedule;
}

}  // namespace fas::scale
