// The last samples of each app, which make up the chunk that is being filled. Until it is full it is written again and
// again, each time longer, so that the end of the process costs the last few ticks at most.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scale/decision.h"
#include "scale/samples.h"

namespace fas::control {

// What the history file holds a row of. A chunk takes the place of an earlier one of the same app and begin.
struct SampleChunk {
  std::string app;
  WallTime begin, end;    // of its first and last tick
  std::string data;       // control/sample_chunk.h
  bool complete = false;  // nothing will be added
};

// Not for several threads.
class SampleTails {
 public:
  // A chunk when one is worth being written.
  std::optional<SampleChunk> add(const std::string& app, const scale::Decision& decision);

  // Null: there are none beyond the chunks that add() has returned and that were full.
  const scale::Samples* find(const std::string& app) const;

  // Of every app: what add() has not returned yet.
  std::vector<SampleChunk> unwritten() const;

 private:
  std::map<std::string, scale::Samples, std::less<>> tails_;
};

// All that is known of one app: chunks by their begin, each the newest of its begin, then the tail, which stands for
// every chunk that begins no earlier. Left out are chunks that cannot be read, and those that begin before the end of
// the one before, as they do after a clock was put back.
scale::Samples join(const std::map<WallTime, std::string>& chunks, const scale::Samples* tail);

}  // namespace fas::control
