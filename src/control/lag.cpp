#include "control/lag.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "control/log.h"

namespace fas::control {
namespace {

constexpr std::chrono::minutes kRepeat{1};

// How long it has to last, and what counts as over. A tick that waits for half an interval loses the next one, and the
// loss relieves the queue: with up to twice too many apps the wait settles there, so the limit has to be below that.
Duration span_of(Duration interval) { return std::max<Duration>(interval, std::chrono::seconds(1)); }
Duration limit_of(Duration interval) { return span_of(interval) / 3; }

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

void say(std::string_view message, Duration late, const Lag::Load& load) {
  log_warn(message, {{"behind_seconds", seconds(late)},
                     {"apps", load.apps},
                     {"concurrency", load.concurrency},
                     {"interval_seconds", seconds(load.interval)},
                     {"hint", "raise concurrency, or the interval"}});
}

}  // namespace

void Lag::see(Duration late, const Load& load, TimePoint now) {
  const Duration limit = limit_of(load.interval);
  const bool turned = behind_ ? late < limit / 2 : late >= limit;
  const bool back = behind_ ? late >= limit / 2 : late < limit / 2;
  if (back) since_.reset();
  if (turned && !since_) since_ = now;
  if (since_ && now - *since_ >= span_of(load.interval)) {
    since_.reset();
    behind_ = !behind_;
    if (!behind_) return log_info("no longer behind", {{"lasted_seconds", seconds(now - begun_)}});
    begun_ = said_ = now;
    return say("falling behind: ticks wait so long for their turn that intervals are lost", late, load);
  }
  if (!behind_ || now - said_ < kRepeat) return;
  said_ = now;
  say("still behind", late, load);
}

TimePoint Lag::next_look(TimePoint oldest, Duration interval) const {
  if (behind_) return said_ + kRepeat;
  return since_ ? *since_ + span_of(interval) : oldest + limit_of(interval);
}

}  // namespace fas::control
