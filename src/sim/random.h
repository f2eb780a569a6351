// Random numbers that are the same on every machine and in every build for one seed, which the standard library's
// distributions do not promise. Each part of the simulator forks a stream of its own, so that a draw more in one does
// not shift the others.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace fas::sim {

// SplitMix64 (Steele, Lea, Flood 2014): one 64-bit word of state, passes BigCrush.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // A stream that depends on this one's seed and the name only.
  Random fork(std::string_view name) const {
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ state_;  // FNV-1a
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return Random(Random(hash).next());
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }  // [0, 1)
  bool chance(double probability) { return probability > 0 && uniform() < probability; }
  double exponential() { return -std::log1p(-uniform()); }  // mean 1
  double normal() {                                         // mean 0, deviation 1 (Box and Muller)
    const double radius = std::sqrt(2 * exponential());
    return radius * std::cos(2 * 3.14159265358979323846 * uniform());
  }

 private:
  std::uint64_t state_;
};

}  // namespace fas::sim
