// Floors and ceilings of the counts: always, or by the calendar.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/cron.h"
#include "base/duration.h"
#include "base/error.h"
#include "scale/targets.h"

namespace fas::scale {

// Targets are kept at or above each min and at or below each max; where a floor and a ceiling cross, the ceiling wins,
// because it bounds the bill.
struct Clamp {
  Bounds created, started;
};

// As written; `zone` is a name of the IANA database, empty for UTC.
struct ScheduleText {
  std::string name;
  std::string cron;
  std::string zone;
  Duration duration{0};
  Clamp clamp;
};

// In force from each time that `cron` names, for `duration`.
class Schedule {
 public:
  // Errors: kInvalid for a bad cron text or an unknown time zone.
  static Result<Schedule> make(ScheduleText text);

  bool active(WallTime now) const { return cron_.last(now, duration_, *zone_).has_value(); }
  const std::string& name() const { return name_; }
  const Clamp& clamp() const { return clamp_; }

 private:
  std::string name_;
  Cron cron_;
  const date::time_zone* zone_ = nullptr;
  Duration duration_{0};  // exclusive: a nanosecond less than written
  Clamp clamp_;
};

}  // namespace fas::scale
