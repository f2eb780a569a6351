#include "base/number_text.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace fas {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(FormatFloat, WritesAsFmtV) {
  const struct {
    double value;
    const char* text;
    const char* json;
  } cases[] = {
      {0, "0", "0"},
      {-0.0, "-0", "-0"},
      {1, "1", "1"},
      {-1.5, "-1.5", "-1.5"},
      {0.5, "0.5", "0.5"},
      {100000, "100000", "100000"},
      {100000.5, "100000.5", "100000.5"},
      {999999, "999999", "999999"},
      {1e6, "1e+06", "1000000"},
      {1234567, "1.234567e+06", "1234567"},
      {1234567.8, "1.2345678e+06", "1234567.8"},
      {123456789, "1.23456789e+08", "123456789"},
      {1e20, "1e+20", "100000000000000000000"},
      {1e21, "1e+21", "1e+21"},
      {0.0001, "0.0001", "0.0001"},
      {0.00001, "1e-05", "0.00001"},
      {1e-6, "1e-06", "0.000001"},
      {1e-7, "1e-07", "1e-7"},
      {1.5e-10, "1.5e-10", "1.5e-10"},
      {5e-324, "5e-324", "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308", "1.7976931348623157e+308"},
      {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"},
      {123456.7, "123456.7", "123456.7"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(format_float(c.value), c.text);
    std::string json;
    append_json_float(json, c.value);
    EXPECT_EQ(json, c.json);
  }
  EXPECT_EQ(format_float(std::nan("")), "NaN");
  EXPECT_EQ(format_float(kInfinity), "+Inf");
  EXPECT_EQ(format_float(-kInfinity), "-Inf");
}

TEST(FormatFloat, ReadsBackBitForBit) {
  std::uint64_t bits = 1;
  for (int i = 0; i < 20000; ++i) {
    bits = bits * 6364136223846793005U + 1442695040888963407U;
    const auto value = std::bit_cast<double>(bits);
    if (!std::isfinite(value)) continue;
    const auto back = parse_float(format_float(value));
    ASSERT_TRUE(back);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back.value), bits) << format_float(value);
  }
}

TEST(ParseFloat, Accepts) {
  const struct {
    const char* text;
    double value;
  } cases[] = {
      {"1", 1},
      {"+1", 1},
      {"-0", -0.0},
      {"1.", 1},
      {".5", 0.5},
      {"1e3", 1000},
      {"1E+3", 1000},
      {"1e-3", 0.001},
      {"1_000", 1000},
      {"1_0.5", 10.5},
      {"1_23.50_0_0e+1_2", 1.235e14},
      {"0x1p2", 4},
      {"0X1P1", 2},
      {"0x_1p2", 4},
      {"0x1_2p3", 144},
      {"0x.8p1", 1},
      {"0x1.p1", 2},
      {"-0x1.8p0", -1.5},
      {"0x_1_2.3_4_5p+1_2", 74565},
      {"0x1.00000000000018p0", 1.0000000000000004},
      {"0x1p-2000", 0},
      {"1e-400", 0},
      {"1e-99999999999999999999", 0},
      {"0e99999999999999999999", 0},
      {"4.9e-324", 5e-324},
      {"2.2250738585072012e-308", 2.2250738585072014e-308},
      {"179769313486231570814527423731704356798e270", 1.7976931348623157e308},
      {"0.000000000000000000000000000001e30", 1},
      {"inf", kInfinity},
      {"-Inf", -kInfinity},
      {"+INFINITY", kInfinity},
  };
  for (const auto& c : cases) {
    const auto got = parse_float(c.text);
    ASSERT_TRUE(got) << c.text;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(got.value), std::bit_cast<std::uint64_t>(c.value)) << c.text;
  }
  EXPECT_TRUE(std::isnan(parse_float("NaN").value));
}

TEST(ParseFloat, Refuses) {
  for (const auto* text : {"",      " 1",   "1 ",      ".",     "+",       "e5",   "1e",   "1e+",  "0x1",    "0x1.8",
                           "0x.p1", "0b1",  "1p2",     "1_",    "_1",      "1__0", "1_.5", "1._5", "1.5_e1", "1e_1",
                           "1e1_",  "+nan", "infinit", "1.2.3", "0x_1_p2", "--1",  "1,5",  "١"}) {
    EXPECT_EQ(parse_float(text).error, NumberError::kSyntax) << text;
  }
  for (const auto* text : {"1e400", "0x1p2000", "1e99999999999999999999", "1.7976931348623159e308"}) {
    const auto got = parse_float(text);
    EXPECT_EQ(got.error, NumberError::kRange) << text;
    EXPECT_EQ(got.value, kInfinity) << text;
  }
  EXPECT_EQ(parse_float("-1e400").value, -kInfinity);
}

TEST(ParseInt, Table) {
  const struct {
    const char* text;
    int base;
    std::int64_t value;
    std::optional<NumberError> error;
  } cases[] = {
      {"0", 10, 0, {}},
      {"+5", 10, 5, {}},
      {"-5", 10, -5, {}},
      {"007", 10, 7, {}},
      {"9223372036854775807", 10, INT64_MAX, {}},
      {"-9223372036854775808", 10, INT64_MIN, {}},
      {"9223372036854775808", 10, INT64_MAX, NumberError::kRange},
      {"-9223372036854775809", 10, INT64_MIN, NumberError::kRange},
      {"99999999999999999999999", 10, INT64_MAX, NumberError::kRange},
      {"", 10, 0, NumberError::kSyntax},
      {"-", 10, 0, NumberError::kSyntax},
      {" 1", 10, 0, NumberError::kSyntax},
      {"1 ", 10, 0, NumberError::kSyntax},
      {"1_000", 10, 0, NumberError::kSyntax},
      {"1.0", 10, 0, NumberError::kSyntax},
      {"0x1", 10, 0, NumberError::kSyntax},
      {"ff", 16, 255, {}},
      {"1_000", 0, 1000, {}},
      {"0x_1", 0, 1, {}},
      {"0X1F", 0, 31, {}},
      {"-0x10", 0, -16, {}},
      {"0b11", 0, 3, {}},
      {"0o17", 0, 15, {}},
      {"017", 0, 15, {}},
      {"0_7", 0, 7, {}},
      {"00", 0, 0, {}},
      {"08", 0, 0, NumberError::kSyntax},
      {"0x", 0, 0, NumberError::kSyntax},
      {"0b2", 0, 0, NumberError::kSyntax},
      {"_1", 0, 0, NumberError::kSyntax},
      {"1_", 0, 0, NumberError::kSyntax},
      {"1__1", 0, 0, NumberError::kSyntax},
  };
  for (const auto& c : cases) {
    const auto got = parse_int(c.text, c.base);
    EXPECT_EQ(got.error, c.error) << c.text;
    EXPECT_EQ(got.value, c.value) << c.text;
  }
}

}  // namespace
}  // namespace fas
