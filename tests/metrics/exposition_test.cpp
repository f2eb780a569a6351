#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fas::metrics {
namespace {

using Labels = std::map<std::string, std::string>;

constexpr std::string_view kPage = R"(# HELP queue_depth Jobs that wait.\nIn "all" queues.
# TYPE queue_depth gauge
queue_depth{queue="mail",app="a"} 3
queue_depth{queue="pdf",app="a",} 4.5 1700000000250
  queue_depth { queue = "mail" , app = "b" }	7
queue_depth 11

# Just a comment with { braces
#
queue_depth_total 99
# TYPE latency histogram
latency_bucket{le="0.1"} 5
latency_bucket{le="+Inf"} 9
latency_sum 1.5e+01
latency_count 9
ratio NaN
top +Inf
escaped{path="C:\\dir\n\"x\"",other="\d"} -1
empty_braces{} 2
ns:rule:rate5m 6
zone{name="zürich"} 1
)";

TEST(Exposition, Table) {
  struct Case {
    std::string_view name, metric;
    Labels labels;
    std::vector<double> values;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"all series", "queue_depth", {}, {3, 4.5, 7, 11}},
           {"one label", "queue_depth", {{"app", "a"}}, {3, 4.5}},
           {"two labels", "queue_depth", {{"app", "b"}, {"queue", "mail"}}, {7}},
           {"no such value", "queue_depth", {{"app", "c"}}, {}},
           {"absent label", "queue_depth", {{"app", ""}}, {11}},
           {"bucket", "latency_bucket", {{"le", "+Inf"}}, {9}},
           {"exponent", "latency_sum", {}, {15}},
           {"histogram's own name has no sample", "latency", {}, {}},
           {"longer name", "queue_depth_total", {}, {99}},
           {"empty braces", "empty_braces", {}, {2}},
           {"colons", "ns:rule:rate5m", {}, {6}},
           {"infinity", "top", {}, {HUGE_VAL}},
           {"escapes", "escaped", {{"path", "C:\\dir\n\"x\""}}, {-1}},
           {"a backslash that escapes nothing", "escaped", {{"other", "\\d"}}, {-1}},
           {"unicode", "zone", {{"name", "zürich"}}, {1}},
           {"absent metric", "nope", {}, {}},
       }) {
    const auto reading = read_exposition(kPage, {.metric = std::string(c.metric), .labels = c.labels}, false);
    ASSERT_TRUE(reading) << c.name << ": " << reading.error().message;
    std::vector<double> values;
    for (const ReadPoint& read : reading->points) values.push_back(read.point.value);
    EXPECT_EQ(values, c.values) << c.name;
  }
}

TEST(Exposition, LabelsAndTimes) {
  const auto reading = read_exposition(kPage, {.metric = "queue_depth", .labels = {{"queue", "pdf"}}}, true);
  ASSERT_TRUE(reading);
  ASSERT_EQ(reading->points.size(), 1U);
  EXPECT_EQ(reading->points[0].point.labels, (Labels{{"app", "a"}, {"queue", "pdf"}}));
  EXPECT_EQ(reading->points[0].at, WallTime(std::chrono::milliseconds(1700000000250)));
  const auto escaped = read_exposition(kPage, {.metric = "escaped", .labels = {}}, true);
  ASSERT_TRUE(escaped);
  EXPECT_EQ(escaped->points.at(0).point.labels, (Labels{{"path", "C:\\dir\n\"x\""}, {"other", "\\d"}}));
  EXPECT_FALSE(escaped->points[0].at.has_value());
}

TEST(Exposition, LineEndsAndNothing) {
  for (const std::string_view page : {"x 1", "x 1\n", "x 1\r\n", "\n\nx 1\n\n", " \t\nx 1  \n"}) {
    const auto reading = read_exposition(page, {.metric = "x", .labels = {}}, false);
    ASSERT_TRUE(reading) << page;
    EXPECT_EQ(reading->points.size(), 1U) << page;
  }
  const auto nothing = read_exposition("", {.metric = "x", .labels = {}}, false);
  ASSERT_TRUE(nothing);
  EXPECT_TRUE(nothing->points.empty());
}

TEST(Exposition, Garbage) {
  struct Case {
    std::string name, page;
    int line;
  };
  const std::vector<Case> cases = {
      {"HTML", "<html><body>login</body></html>", 1},
      {"JSON", R"({"depth": 3})", 1},
      {"no value", "x 1\ny\n", 2},
      {"no value behind labels", "y{a=\"b\"}", 1},
      {"a word", "x many", 1},
      {"two values", "x 1 2 3", 1},
      {"time is no integer", "x 1 1.5", 1},
      {"time too large", "x 1 99999999999999999999", 1},
      {"name begins with a digit", "1x 1", 1},
      {"label without quotes", "x{a=b} 1", 1},
      {"quote not closed", "x{a=\"b} 1", 1},
      {"quote closed by an escape", "x{a=\"b\\\"} 1", 1},
      {"escape at the end", "x{a=\"\\", 1},
      {"brace not closed", "x{a=\"b\" 1", 1},
      {"no comma", "x{a=\"b\"c=\"d\"} 1", 1},
      {"only a comma", "x{,} 1", 1},
      {"colon in a label", "x{a:b=\"c\"} 1", 1},
      {"brackets", std::string(100'000, '['), 1},
      {"zero bytes", std::string(100, '\0'), 1},
      {"in the middle", "a 1\nb 2\n!\nc 3\n", 3},
  };
  for (const Case& c : cases) {
    const auto reading = read_exposition(c.page, {.metric = "x", .labels = {}}, true);
    ASSERT_FALSE(reading) << c.name;
    EXPECT_EQ(reading.error().kind, ErrorKind::kMalformed);
    EXPECT_EQ(reading.error().message.find("line " + std::to_string(c.line) + " of the reply is not"), 0U)
        << c.name << ": " << reading.error().message;
    EXPECT_LT(reading.error().message.size(), 300U) << c.name;
  }
}

TEST(Exposition, TimesBeyondTheClockAreIgnored) {
  for (const std::string_view page : {"x 1 9223372036854775807", "x 1 -5"}) {
    const auto reading = read_exposition(page, {.metric = "x", .labels = {}}, false);
    ASSERT_TRUE(reading) << page;
    EXPECT_FALSE(reading->points.at(0).at.has_value()) << page;
  }
}

}  // namespace
}  // namespace fas::metrics
