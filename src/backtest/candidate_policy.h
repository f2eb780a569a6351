// A policy to be tried over a recording: that of a configuration, perhaps with other constants, or a fixed count.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "scale/policy.h"

namespace fas::backtest {

// Values for names in a policy's expressions: `-set per=20`.
using Constants = std::map<std::string, double>;

struct CandidatePolicy {
  std::string name;
  scale::Policy policy;
  std::vector<std::string> regions;  // of new machines
  bool launches = true;              // new machines are started
  bool suspends = false;             // machines are suspended, not stopped
  int fixed = -1;                    // so many machines run from the begin on; < 0: no fixed count
  bool ignores_busy = false;         // it has a busy-metric, which recordings do not have
};

// Each constant is put in front of every expression that uses its name, as `let per = 20;`, or in the place of the
// number that the expression itself gives it so. Errors: kInvalid where a name is in no expression, those of compiling,
// and a metric of several series in an expression.
Result<CandidatePolicy> make_candidate(std::string name, config::AppConfig config, const Constants& constants);

// `count` machines, always.
CandidatePolicy fixed_candidate(int count);

// The expression with the constant in it; unchanged where the name does not occur.
std::string with_constant(const std::string& expression, const std::string& name, double value);

}  // namespace fas::backtest
