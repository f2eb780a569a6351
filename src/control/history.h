// What is kept of decisions: a bounded log of them for people, and each app's memory for the next decision, so that
// windows, cooldowns and unknown outcomes go on after a restart, kill -9 included.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "scale/decision.h"
#include "scale/samples.h"

namespace fas::control {

// One decision with its outcomes. The texts are JSON (scale/json.h), opaque to the history.
struct HistoryRecord {
  std::string app;
  WallTime at;
  std::string action;  // "create", "destroy", "start", "stop", "no_scale"
  int count = 0;       // machines that the action was for
  bool ok = true;      // false: the tick held because of an error, or a call failed
  std::string decision;
};

struct HistoryQuery {
  std::string app;                // may hold `*`; empty: every app
  std::optional<WallTime> since;  // inclusive
  std::optional<WallTime> until;  // inclusive
  bool actions_only = false;      // leave out those of action "no_scale" that went well
  std::size_t limit = 100;
};

struct SampleQuery {
  std::string app;
  std::optional<WallTime> since;  // inclusive
  std::optional<WallTime> until;  // inclusive
};

// append(), remember() and sample() return at once and never fail: what cannot be written is kept in memory, up to a
// bound, and written when the disk takes it again. Used on the loop's thread.
class History {
 public:
  History() = default;
  History(const History&) = delete;
  History& operator=(const History&) = delete;
  virtual ~History() = default;

  // Does anything outlive the process? If not, remember() need not be called.
  virtual bool lasting() const { return true; }

  virtual void append(HistoryRecord record) = 0;

  // Replaces what is remembered of the app. An empty `memory` forgets it.
  virtual void remember(const std::string& app, std::string memory) = 0;

  // Returns when everything appended and remembered before the call survives a kill of this process, or at `deadline`;
  // false then, and when it cannot be made to survive (no disk, or a full one).
  virtual boost::asio::awaitable<bool> flushed(Deadline deadline) = 0;

  // Keeps the numbers of a tick of the app. Those of the last minutes may be lost with a killed process.
  virtual void sample(const std::string& app, const scale::Decision& decision) = 0;

  // Those from `since` to `until`.
  virtual boost::asio::awaitable<Result<scale::Samples>> samples(SampleQuery query) = 0;

  // The newest first.
  virtual boost::asio::awaitable<Result<std::vector<HistoryRecord>>> read(HistoryQuery query) = 0;

  // Of every app, as last remembered, this process's own additions included.
  virtual std::string memory(const std::string& app) const = 0;
};

}  // namespace fas::control
