#include "control/sample_chunk.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace fas::control {
namespace {

using scale::Samples;
using scale::Targets;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

WallTime at(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

void expect_equal(const Samples& a, const Samples& b) {
  EXPECT_EQ(a.metrics, b.metrics);
  EXPECT_EQ(a.ticks, b.ticks);
  ASSERT_EQ(a.values.size(), b.values.size());
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    EXPECT_TRUE(a.values[i] == b.values[i] || (std::isnan(a.values[i]) && std::isnan(b.values[i]))) << i;
  }
}

const Targets kSome{.created = {.min = {}, .max = 7}, .started = {.min = 0, .max = 3}};

const struct {
  const char* name;
  Samples samples;
} kCases[] = {
    {"nothing", {}},
    {"no metrics",
     {.metrics = {}, .ticks = {{.at = at(5), .created = 1, .started = 1, .targets = kSome}}, .values = {}}},
    {"all kinds of numbers",
     {.metrics = {"a", "b"},
      .ticks = {{.at = at(1'764'000'000'000), .created = 5, .started = 3, .targets = kSome},
                {.at = at(1'764'000'015'001), .created = 5, .started = 3, .targets = {}},
                {.at = at(1'764'000'029'998), .created = 2'147'483'647, .started = 0, .targets = Targets{}},
                {.at = at(1'764'000'029'998), .created = 5, .started = 3, .targets = kSome}},
      .values = {0, kNone, 0.1, -3, std::numeric_limits<double>::infinity(), 9007199254740993.0, kNone, 1e300}}},
    {"before 1970, and back",
     {.metrics = {"\xc3\xbc"},
      .ticks = {{.at = at(-10), .created = 0, .started = 0, .targets = {}},
                {.at = at(-20), .created = 0, .started = 0, .targets = {}}},
      .values = {-9007199254740992.0, 9007199254740992.0}}},
};

TEST(SampleChunk, ComesBackAsItWas) {
  for (const auto& test : kCases) {
    SCOPED_TRACE(test.name);
    const Result<Samples> back = decode_samples(encode_samples(test.samples));
    ASSERT_TRUE(back) << back.error().message;
    expect_equal(*back, test.samples);
  }
}

TEST(SampleChunk, TakesAFewBytesATick) {
  Samples samples{.metrics = {"queue_depth"}, .ticks = {}, .values = {}};
  for (int i = 0; i < 60; ++i) {
    samples.ticks.push_back({.at = at(1'764'000'000'000 + i * 15'000 + i % 3),
                             .created = 9,
                             .started = 3 + i / 20,
                             .targets = Targets{.created = {}, .started = {.min = 3 + i / 20, .max = 3 + i / 20}}});
    samples.values.push_back(60 + i * 7 % 13);
  }
  EXPECT_LE(encode_samples(samples).size(), 60U * 4U);
}

TEST(SampleChunk, EveryCutAndEveryChangedByteIsRefusedOrRead) {
  for (const auto& test : kCases) {
    const std::string whole = encode_samples(test.samples);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(decode_samples(std::string_view(whole).substr(0, size))) << test.name << " cut at " << size;
    }
    EXPECT_FALSE(decode_samples(whole + "x")) << test.name;
    for (std::size_t place = 0; place < whole.size(); ++place) {
      for (const int byte : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
        std::string changed = whole;
        changed[place] = static_cast<char>(byte);
        if (const Result<Samples> read = decode_samples(changed)) {
          EXPECT_EQ(read->values.size(), read->ticks.size() * read->metrics.size());
        }
      }
    }
  }
}

TEST(SampleChunk, ManyTicksInFewBytesAreRefused) {
  // Format 1, no metrics, 2^40 ticks.
  EXPECT_FALSE(decode_samples(std::string("\x01\x00\x80\x80\x80\x80\x80\x20", 8)));
}

}  // namespace
}  // namespace fas::control
