#include "control/sample_tails.h"

#include <utility>

#include "control/sample_chunk.h"

namespace fas::control {
namespace {

constexpr std::size_t kTicksBetweenWrites = 20;
constexpr std::size_t kTicksOfChunk = 3 * kTicksBetweenWrites;

SampleChunk chunk_of(const std::string& app, const scale::Samples& tail) {
  return {.app = app, .begin = tail.ticks.front().at, .end = tail.ticks.back().at, .data = encode_samples(tail)};
}

}  // namespace

std::optional<SampleChunk> SampleTails::add(const std::string& app, const scale::Decision& decision) {
  scale::Samples& tail = tails_[app];
  // A clock that was put back: chunks are in the order of time, so that this one ends here.
  const bool back = !tail.ticks.empty() && decision.at < tail.ticks.back().at;
  std::optional<SampleChunk> chunk;
  if (back) {
    chunk = chunk_of(app, std::exchange(tail, {}));
    chunk->complete = true;
  }
  tail.add(decision);
  if (chunk || tail.ticks.size() % kTicksBetweenWrites != 0) return chunk;
  chunk = chunk_of(app, tail);
  chunk->complete = tail.ticks.size() >= kTicksOfChunk;
  if (chunk->complete) tail = {};
  return chunk;
}

const scale::Samples* SampleTails::find(const std::string& app) const {
  const auto found = tails_.find(app);
  return found == tails_.end() || found->second.ticks.empty() ? nullptr : &found->second;
}

std::vector<SampleChunk> SampleTails::unwritten() const {
  std::vector<SampleChunk> chunks;
  for (const auto& [app, tail] : tails_) {
    if (tail.ticks.size() % kTicksBetweenWrites != 0) chunks.push_back(chunk_of(app, tail));
  }
  return chunks;
}

scale::Samples join(const std::map<WallTime, std::string>& chunks, const scale::Samples* tail) {
  scale::Samples all;
  for (const auto& [begin, data] : chunks) {
    if (tail != nullptr && begin >= tail->ticks.front().at) break;
    if (!all.ticks.empty() && begin < all.ticks.back().at) continue;
    if (Result<scale::Samples> samples = decode_samples(data)) all.append(*samples);
  }
  if (tail != nullptr) all.append(*tail);
  return all;
}

}  // namespace fas::control
