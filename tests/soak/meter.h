// What this process holds of the system, and whether that grows.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fas::test {

struct Use {
  double rss_kib = 0;  // VmRSS
  int descriptors = 0;
  int threads = 0;
};

// As of now, by /proc/self. Throws std::runtime_error where there is none.
Use use_now();

// The median of each figure by itself; zeros for an empty list.
Use median(std::vector<Use> uses);

struct Flatness {
  Use second_quarter, last_quarter;
  double rss_percent = 0;         // growth of memory
  double rss_bytes_per_tick = 0;  // between the quarters' middles
  bool flat = false;
  std::string text;  // two lines for people
};

// Of uses that were measured at equal distances over so many ticks. The first quarter is left out: pools fill, tables
// of names are made. Flat is: neither a descriptor nor a thread more, and memory up by at most `kMostPercent`.
constexpr double kMostPercent = 2;
Flatness flatness(const std::vector<Use>& uses, int ticks);

}  // namespace fas::test
