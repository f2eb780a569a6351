#include "base/duration.h"

#include <gtest/gtest.h>

#include <limits>

namespace fas {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

TEST(ParseDuration, Accepts) {
  const struct {
    const char* text;
    std::int64_t nanoseconds;
  } cases[] = {
      {"0", 0},
      {"-0", 0},
      {"+0", 0},
      {"0s", 0},
      {"5s", 5'000'000'000},
      {"+5s", 5'000'000'000},
      {"-5s", -5'000'000'000},
      {"30s", 30'000'000'000},
      {"5.0s", 5'000'000'000},
      {"5.6s", 5'600'000'000},
      {"5.s", 5'000'000'000},
      {".5s", 500'000'000},
      {"-.5s", -500'000'000},
      {"1.0020s", 1'002'000'000},
      {"100.00100s", 100'001'000'000},
      {"10ns", 10},
      {"11us", 11'000},
      {"12\u00b5s", 12'000},
      {"12\u03bcs", 12'000},
      {"13ms", 13'000'000},
      {"15m", 900'000'000'000},
      {"16h", 57'600'000'000'000},
      {"3h30m", 12'600'000'000'000},
      {"4m10.5s", 250'500'000'000},
      {"-2m3.4s", -123'400'000'000},
      {"1h2m3s4ms5us6ns", 3'723'004'005'006},
      {"39h9m14.425s", 140'954'425'000'000},
      {"1s1s", 2'000'000'000},
      {"52763797000ns", 52'763'797'000},
      {"0.3333333333333333333h", 1'200'000'000'000},
      {"0.100000000000000000000h", 360'000'000'000},
      {"0.9223372036854775807h", 3'320'413'933'267},
      {"0.830103483285477580700h", 2'988'372'539'827},
      {"9007199254740993ns", 9'007'199'254'740'993},
      {"9223372036854775807ns", kMax},
      {"9223372036854775.807us", kMax},
      {"9223372036s854ms775us807ns", kMax},
      {"-9223372036854775808ns", kMin},
      {"-9223372036854775.808us", kMin},
      {"-2562047h47m16.854775808s", kMin},
  };
  for (const auto& c : cases) {
    const auto got = parse_duration(c.text);
    ASSERT_TRUE(got.has_value()) << c.text;
    EXPECT_EQ(got->count(), c.nanoseconds) << c.text;
  }
}

TEST(ParseDuration, Refuses) {
  const char* cases[] = {
      "",
      "3",
      "-",
      "+",
      "s",
      ".",
      "-.",
      ".s",
      "+.s",
      "1d",
      "1S",
      "5 s",
      " 5s",
      "5s ",
      "--5s",
      "1h-5m",
      "1e3s",
      "\x85\x85",
      "\xff\xff",
      "hello \xff\xff world",
      "9223372036854775810ns",
      "9223372036854775808ns",
      "-9223372036854775809ns",
      "9223372036854776us",
      "3000000h",
      "9223372036854775.808us",
      "9223372036854ms775us808ns",
      "-9223372036854775808ns9223372036854775808ns",
  };
  for (const auto* text : cases) EXPECT_FALSE(parse_duration(text).has_value()) << text;
}

TEST(FormatDuration, WritesAsGo) {
  const struct {
    std::int64_t nanoseconds;
    const char* text;
  } cases[] = {
      {0, "0s"},
      {1, "1ns"},
      {-1, "-1ns"},
      {999, "999ns"},
      {1'000, "1\u00b5s"},
      {1'100, "1.1\u00b5s"},
      {2'200'000, "2.2ms"},
      {100'000'000, "100ms"},
      {1'000'000'000, "1s"},
      {1'500'000'000, "1.5s"},
      {3'300'000'000, "3.3s"},
      {60'000'000'000, "1m0s"},
      {90'000'000'000, "1m30s"},
      {245'000'000'000, "4m5s"},
      {245'001'000'000, "4m5.001s"},
      {3'600'000'000'000, "1h0m0s"},
      {18'367'001'000'000, "5h6m7.001s"},
      {86'400'000'000'000, "24h0m0s"},
      {480'000'000'001, "8m0.000000001s"},
      {kMax, "2562047h47m16.854775807s"},
      {kMin, "-2562047h47m16.854775808s"},
  };
  for (const auto& c : cases) EXPECT_EQ(format_duration(Duration(c.nanoseconds)), c.text);
}

TEST(FormatDuration, ReadsBackAsTheSame) {
  for (std::int64_t value = 1; value < kMax / 7; value = value * 7 + 3) {
    for (const auto sign : {1, -1}) {
      const Duration duration(sign * value);
      EXPECT_EQ(parse_duration(format_duration(duration)), duration) << value;
    }
  }
}

}  // namespace
}  // namespace fas
