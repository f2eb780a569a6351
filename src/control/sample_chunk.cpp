#include "control/sample_chunk.h"

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace fas::control {
namespace {

using scale::Samples;
using scale::Tick;

constexpr std::uint64_t kFormat = 1;
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
// Beyond it a double does not hold every whole number.
constexpr double kMostWhole = 9007199254740992.0;

// The two low bits of a run's head say what its value is.
enum Kind : std::uint64_t { kNothing = 0, kWhole = 1, kRaw = 2 };
constexpr unsigned kKindBits = 2;

std::int64_t milliseconds_of(WallTime at) {
  return std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

class Writer {
 public:
  void number(std::uint64_t value) {
    constexpr std::uint64_t kLow = 0x7f;
    for (; value > kLow; value >>= 7U) bytes_.push_back(static_cast<char>(value | ~kLow));
    bytes_.push_back(static_cast<char>(value));
  }
  // Zigzag: small distances in both directions are small numbers.
  void signed_number(std::int64_t value) {
    number((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void raw(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (unsigned shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(bits >> shift));
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// `at(i)` for i in [0, count).
template <class At>
void write_column(Writer& writer, std::size_t count, At at) {
  std::int64_t before = 0;
  for (std::size_t first = 0; first < count;) {
    const double value = at(first);
    const bool nothing = std::isnan(value);
    std::size_t end = first + 1;
    while (end < count && (nothing ? std::isnan(at(end)) : at(end) == value)) ++end;
    const std::uint64_t run = static_cast<std::uint64_t>(end - first) << kKindBits;
    first = end;
    if (nothing) {
      writer.number(run | kNothing);
    } else if (std::abs(value) <= kMostWhole && value == std::trunc(value)) {
      writer.number(run | kWhole);
      const auto whole = static_cast<std::int64_t>(value);
      writer.signed_number(whole - before);
      before = whole;
    } else {
      writer.number(run | kRaw);
      writer.raw(value);
    }
  }
}

double count_of(const Tick& tick, int scale::Tick::* member) { return tick.*member; }

double target_of(const Tick& tick, scale::Bounds scale::Targets::* axis, std::optional<int> scale::Bounds::* end) {
  if (!tick.targets) return kNone;
  const std::optional<int>& count = (*tick.targets).*axis.*end;
  return count ? *count : kNone;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
      if (byte < 0x80U) return value;
    }
    bad_ = true;
    return 0;
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>((value >> 1U) ^ (0 - (value & 1U)));
  }
  double raw() {
    if (rest_.size() < sizeof(double)) bad_ = true;
    if (bad_) return kNone;
    std::uint64_t bits = 0;
    for (unsigned i = 0; i < sizeof(double); ++i) {
      bits |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    }
    rest_.remove_prefix(sizeof(double));
    return std::bit_cast<double>(bits);
  }
  std::string text() {
    const std::uint64_t size = number();
    if (size > rest_.size()) bad_ = true;
    if (bad_) return {};
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  bool bad() const { return bad_; }
  bool at_end() const { return rest_.empty(); }
  void spoil() { bad_ = true; }

 private:
  std::string_view rest_;
  bool bad_ = false;
};

template <class Set>
void read_column(Reader& reader, std::size_t count, Set set) {
  std::uint64_t before = 0;
  for (std::size_t next = 0; next < count;) {
    const std::uint64_t head = reader.number();
    const std::uint64_t run = head >> kKindBits;
    if (reader.bad() || run == 0 || run > count - next) return reader.spoil();
    double value = kNone;
    switch (head & ((1U << kKindBits) - 1U)) {
      case kNothing: break;
      case kWhole:
        before += static_cast<std::uint64_t>(reader.signed_number());
        value = static_cast<double>(static_cast<std::int64_t>(before));
        break;
      case kRaw: value = reader.raw(); break;
      default: return reader.spoil();
    }
    for (std::uint64_t i = 0; i < run; ++i) set(next++, value);
  }
}

int to_count(double value) {
  const bool fits = value >= 0 && value <= std::numeric_limits<int>::max();
  return fits ? static_cast<int>(value) : 0;
}

void read_counts(Reader& reader, Samples& samples) {
  for (int scale::Tick::* member : {&Tick::created, &Tick::started}) {
    read_column(reader, samples.ticks.size(),
                [&](std::size_t i, double value) { samples.ticks[i].*member = to_count(value); });
  }
  read_column(reader, samples.ticks.size(), [&](std::size_t i, double value) {
    if (!std::isnan(value)) samples.ticks[i].targets.emplace();
  });
  for (scale::Bounds scale::Targets::* axis : {&scale::Targets::created, &scale::Targets::started}) {
    for (std::optional<int> scale::Bounds::* end : {&scale::Bounds::min, &scale::Bounds::max}) {
      read_column(reader, samples.ticks.size(), [&](std::size_t i, double value) {
        std::optional<scale::Targets>& targets = samples.ticks[i].targets;
        if (targets && !std::isnan(value)) (*targets).*axis.*end = to_count(value);
      });
    }
  }
}

}  // namespace

std::string encode_samples(const Samples& samples) {
  const std::size_t count = samples.ticks.size();
  Writer writer;
  writer.number(kFormat);
  writer.number(samples.metrics.size());
  for (const std::string& metric : samples.metrics) writer.text(metric);
  writer.number(count);
  std::int64_t before = 0;
  std::int64_t distance = 0;
  for (const Tick& tick : samples.ticks) {
    const std::int64_t at = milliseconds_of(tick.at);
    writer.signed_number((at - before) - distance);
    distance = at - before;
    before = at;
  }
  for (int scale::Tick::* member : {&Tick::created, &Tick::started}) {
    write_column(writer, count, [&](std::size_t i) { return count_of(samples.ticks[i], member); });
  }
  write_column(writer, count, [&](std::size_t i) { return samples.ticks[i].targets ? 1.0 : kNone; });
  for (scale::Bounds scale::Targets::* axis : {&scale::Targets::created, &scale::Targets::started}) {
    for (std::optional<int> scale::Bounds::* end : {&scale::Bounds::min, &scale::Bounds::max}) {
      write_column(writer, count, [&](std::size_t i) { return target_of(samples.ticks[i], axis, end); });
    }
  }
  for (std::size_t metric = 0; metric < samples.metrics.size(); ++metric) {
    write_column(writer, count, [&](std::size_t i) { return samples.row(i)[metric]; });
  }
  return writer.take();
}

Result<Samples> decode_samples(std::string_view chunk) {
  const auto malformed = [] { return fail(ErrorKind::kMalformed, "a chunk of samples in the history is damaged"); };
  Reader reader(chunk);
  if (reader.number() != kFormat) return malformed();
  Samples samples;
  const std::uint64_t metrics = reader.number();
  if (reader.bad() || metrics > kMostMetricsInChunk) return malformed();
  for (std::uint64_t i = 0; i < metrics; ++i) samples.metrics.push_back(reader.text());
  const std::uint64_t count = reader.number();
  // Each tick has at least its byte of time.
  if (reader.bad() || count > kMostTicksInChunk || count > chunk.size()) return malformed();
  samples.ticks.resize(count);
  std::uint64_t at = 0;
  std::uint64_t distance = 0;
  for (Tick& tick : samples.ticks) {
    distance += static_cast<std::uint64_t>(reader.signed_number());
    at += distance;
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1'000'000;
    const auto time = static_cast<std::int64_t>(at);
    if (reader.bad() || time > kMost || time < -kMost) return malformed();
    tick.at = WallTime(std::chrono::milliseconds(time));
  }
  read_counts(reader, samples);
  if (reader.bad()) return malformed();
  samples.values.resize(count * metrics, kNone);
  for (std::size_t metric = 0; metric < metrics; ++metric) {
    read_column(reader, count, [&](std::size_t i, double value) { samples.values[i * metrics + metric] = value; });
    if (reader.bad()) return malformed();
  }
  if (!reader.at_end()) return malformed();
  return samples;
}

}  // namespace fas::control
