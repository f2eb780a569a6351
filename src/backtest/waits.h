// How long jobs waited: a histogram whose buckets are so narrow (1/128 of the value) that quantiles are exact for any
// purpose, however many jobs there are.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/duration.h"

namespace fas::backtest {

class Waits {
 public:
  // `slo`: the wait beyond which a job counts as late.
  explicit Waits(Duration slo) : slo_(slo) {}

  void add(Duration wait) {
    ++count_;
    late_ += wait > slo_ ? 1 : 0;
    if (wait > max_) max_ = wait;
    ++buckets_[bucket_of(static_cast<std::uint64_t>(wait.count()))];
  }

  std::uint64_t count() const { return count_; }
  double late_share() const { return count_ == 0 ? 0 : static_cast<double>(late_) / static_cast<double>(count_); }
  // In seconds; 0 where there is no job.
  double quantile(double q) const;
  double max() const { return std::chrono::duration<double>(max_).count(); }

 private:
  // Each power of two is divided into kParts; below kParts each number has a bucket of its own.
  static constexpr unsigned kBits = 7;
  static constexpr std::uint64_t kParts = 1U << kBits;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) * kParts;

  static constexpr std::size_t bucket_of(std::uint64_t value) {
    if (value < kParts) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
    return (shift + 1) * kParts + ((value >> shift) - kParts);
  }
  // In the middle of the bucket.
  static double value_of(std::size_t bucket);

  Duration slo_;
  Duration max_{0};
  std::uint64_t count_ = 0;
  std::uint64_t late_ = 0;
  std::array<std::uint64_t, kBuckets> buckets_{};
};

}  // namespace fas::backtest
