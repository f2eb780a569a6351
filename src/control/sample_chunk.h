// Samples as the history keeps them: a few bytes a tick, because most of what a tick says is what the one before said.
//
// A chunk is the format's number, the metrics' names, the number of ticks, and then column by column runs of equal
// values: times as the change of their distance in milliseconds, counts and whole numbers as differences, other numbers
// as they are.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "scale/samples.h"

namespace fas::control {

// Times lose what is below a millisecond.
std::string encode_samples(const scale::Samples& samples);

// kMalformed for anything that encode_samples() has not made; memory is bounded by kMostTicksInChunk.
Result<scale::Samples> decode_samples(std::string_view chunk);

inline constexpr std::size_t kMostTicksInChunk = 1'000;
inline constexpr std::size_t kMostMetricsInChunk = 1'000;

}  // namespace fas::control
