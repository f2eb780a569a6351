// At what rate jobs arrive: jobs a second as a function of the time since the simulation began.
//
//   none
//   constant:5                                      5 jobs a second
//   step:2,20@60s,5@120s                            2 a second, 20 from the first minute on, 5 from the second
//   spike:base=2,peak=50,at=20s,for=10s,every=5m    `every` is optional: without it there is one spike
//   wave:min=1,max=20,period=24h,phase=6h           a day's sine, lowest at `phase` (default 0s)
// or a trace from CSV: lines of `seconds,jobs_per_second`, each valid until the next; a heading and #-lines are
// skipped.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/error.h"

namespace fas::sim {

class Profile {
 public:
  Profile() = default;  // none

  // Errors: kInvalid, naming the text and what is wrong with it. Rates are at most 100,000 jobs a second.
  static Result<Profile> parse(std::string_view text);
  static Result<Profile> from_csv(std::string_view csv);

  double rate_at(Duration time) const;
  bool none() const { return kind_ == Kind::kNone; }
  const std::string& text() const { return text_; }

 private:
  enum class Kind { kNone, kSteps, kSpike, kWave };
  using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

  Result<void> read_steps(std::string_view list);
  Result<void> read_fields(std::string_view list);
  double steps_at(Duration time) const;

  Kind kind_ = Kind::kNone;
  std::string text_ = "none";
  std::vector<std::pair<Duration, double>> steps_;  // by time, the first at 0
  double low_ = 0;                                  // base or min
  double high_ = 0;                                 // peak or max
  Duration at_{0};                                  // or phase
  Duration length_{0};
  Duration period_{0};  // 0: once
};

}  // namespace fas::sim
