#include "metrics/schedule.h"

#include <chrono>
#include <utility>

#include "base/cron.h"
#include "metrics/reading.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

constexpr Duration kLongest = std::chrono::hours(24 * 31);

class ScheduleSource final : public Source {
 public:
  ScheduleSource(const SourceContext& context, const Settings& settings, const Cron& cron, const date::time_zone* zone)
      : clock_(&context.clock),
        options_(common_options(settings)),
        cron_(cron),
        zone_(zone),
        duration_(settings.duration("duration", Duration{0}) - Duration{1}),  // the end itself is outside
        inside_(settings.number("value", 1)),
        outside_(settings.number("outside-value", 0)) {}

  asio::awaitable<Result<Sample>> collect(Query /*query*/, Deadline /*deadline*/) override {
    const WallTime now = clock_->wall_now();
    Reading reading;
    ReadPoint point{.point = {.labels = {}, .value = outside_}, .at = now};
    if (cron_.last(now, duration_, *zone_)) point.point.value = inside_;
    reading.points.push_back(std::move(point));
    co_return to_sample(std::move(reading), options_, now, "");
  }

 private:
  Clock* clock_;
  CommonOptions options_;
  Cron cron_;
  const date::time_zone* zone_;
  Duration duration_;
  double inside_;
  double outside_;
};

Result<void> validate_schedule(const Settings& settings) {
  if (Result<Cron> cron = Cron::parse(settings.text("cron")); !cron) {
    return fail_with("schedule cron", std::move(cron.error()));
  }
  if (const auto zone = find_time_zone(settings.text("time-zone")); !zone) {
    return fail_with("schedule time-zone", zone.error());
  }
  const Duration duration = settings.duration("duration", Duration{0});
  if (duration <= Duration{0} || duration > kLongest) {
    return fail(ErrorKind::kInvalid, "schedule duration must be more than 0s and at most 744h (31 days)");
  }
  return {};
}

Result<std::unique_ptr<Source>> make_schedule(const SourceContext& context, const Settings& settings) {
  const Result<Cron> cron = Cron::parse(settings.text("cron"));
  if (!cron) return std::unexpected(cron.error());
  const auto zone = find_time_zone(settings.text("time-zone"));
  if (!zone) return std::unexpected(zone.error());
  return std::make_unique<ScheduleSource>(context, settings, *cron, *zone);
}

}  // namespace

SourceKind schedule_kind() {
  return {
      .type = "schedule",
      .doc = "One number within times of the calendar, another outside of them.",
      .fields = {{.key = "cron",
                  .required = true,
                  .env = "SCHEDULE_CRON",
                  .doc = "When the time begins, as in crontab(5): minute, hour, day of month, month, day of week."},
                 {.key = "duration",
                  .kind = FieldKind::kDuration,
                  .required = true,
                  .env = "SCHEDULE_DURATION",
                  .doc = "How long it lasts from each beginning, at most 744h."},
                 {.key = "time-zone",
                  .env = "SCHEDULE_TIME_ZONE",
                  .doc = "Name in the IANA database whose clock cron means; default UTC."},
                 {.key = "value",
                  .kind = FieldKind::kNumber,
                  .env = "SCHEDULE_VALUE",
                  .doc = "The metric within the time; default 1."},
                 {.key = "outside-value",
                  .kind = FieldKind::kNumber,
                  .env = "SCHEDULE_OUTSIDE_VALUE",
                  .doc = "The metric outside of it; default 0."}},
      .validate = validate_schedule,
      .make = make_schedule,
  };
}

}  // namespace fas::metrics
