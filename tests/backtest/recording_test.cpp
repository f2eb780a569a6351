// Recordings as files: what is read, and what is refused in which words.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/csv.h"
#include "backtest/json_lines.h"
#include "backtest/resample.h"
#include "scale/time_text.h"

namespace fas::backtest {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

scale::Samples csv(std::string_view text) {
  Result<scale::Samples> samples = parse_csv(text, "t.csv");
  EXPECT_TRUE(samples) << samples.error().message;
  return samples ? std::move(*samples) : scale::Samples{};
}

TEST(Csv, ReadsTimesValuesAndCounts) {
  const scale::Samples samples =
      csv("# a comment\n"
          "time,queue_depth,\"in, quotes\",created,started\r\n"
          "2026-11-24T19:30:00Z,41,1.5,8,3\r\n"
          "\n"
          "2026-11-24T20:30:15+01:00,,NaN,8,4\n"
          "1795548630,7,-2,9,\n");
  ASSERT_EQ(samples.ticks.size(), 3U);
  EXPECT_EQ(samples.metrics, (std::vector<std::string>{"queue_depth", "in, quotes", "created", "started"}));
  EXPECT_EQ(scale::time_text(samples.ticks[0].at), "2026-11-24T19:30:00.000Z");
  EXPECT_EQ(samples.ticks[1].at - samples.ticks[0].at, seconds(15));
  EXPECT_EQ(samples.ticks[0].created, 8);
  EXPECT_EQ(samples.ticks[0].started, 3);
  EXPECT_EQ(samples.ticks[2].started, 0);
  EXPECT_EQ(samples.row(0)[0], 41);
  EXPECT_EQ(samples.row(0)[1], 1.5);
  EXPECT_TRUE(std::isnan(samples.row(1)[0]));
  EXPECT_TRUE(std::isnan(samples.row(1)[1]));
  EXPECT_EQ(samples.row(2)[1], -2);
}

TEST(JsonLines, ReadsTimesValuesAndCounts) {
  const auto samples = parse_json_lines(
      "{\"time\": \"2026-11-24T19:30:00Z\", \"queue_depth\": 41}\n\n"
      "{\"time\": 1795548615.5, \"queue_depth\": null, \"started\": 4}\n",
      "t.jsonl");
  ASSERT_TRUE(samples) << samples.error().message;
  EXPECT_EQ(samples->metrics, (std::vector<std::string>{"queue_depth", "started"}));
  ASSERT_EQ(samples->ticks.size(), 2U);
  EXPECT_EQ(samples->ticks[1].started, 4);
  EXPECT_EQ(samples->row(0)[0], 41);
  EXPECT_TRUE(std::isnan(samples->row(0)[1]));
  EXPECT_TRUE(std::isnan(samples->row(1)[0]));
}

struct Refusal {
  std::string_view name;
  std::string_view text;
  std::string_view message;
};

TEST(Csv, Refusals) {
  for (const Refusal& c : std::initializer_list<Refusal>{
           {"empty", "", "t.csv: it is empty; it is to begin with time,METRIC,..."},
           {"no rows", "time,a\n", "t.csv: there is no row behind the heading"},
           {"no time", "when,a\n1,2\n", "t.csv:1: the heading has no column `time`; it is to be time,METRIC,..."},
           {"a column twice", "time,a,a\n", "t.csv:1: two columns are named \"a\""},
           {"a column without a name", "time,a,\n", "t.csv:1: column 3 has no name"},
           {"too few fields", "time,a,b\n1,2\n", "t.csv:2: 2 fields where the heading has 3"},
           {"no number", "time,a\n1,x\n", "t.csv:2: \"x\" is no number; leave the field empty where there is no value"},
           {"infinite", "time,a\n1,Inf\n",
            "t.csv:2: \"Inf\" is no number; leave the field empty where there is no value"},
           {"no time", "time,a\nyesterday,1\n",
            "t.csv:2: cannot read the time \"yesterday\"; write 2026-11-24T19:30:00Z or unix seconds"},
           {"milliseconds", "time,a\n1795548600000,1\n",
            "t.csv:2: the time 1795548600000 is out of range; write unix seconds, not milliseconds"},
           {"backwards", "time,a\n20,1\n10,1\n",
            "t.csv:3: the time 1970-01-01T00:00:10.000Z is not after that of the row before, "
            "1970-01-01T00:00:20.000Z; sort by time"},
           {"an open quote", "time,a\n1,\"2\n", "t.csv:2: a quoted field has no end"},
           {"text behind a quote", "time,a\n1,\"2\"3\n", "t.csv:2: text behind a quoted field"},
       }) {
    const auto samples = parse_csv(c.text, "t.csv");
    ASSERT_FALSE(samples) << c.name;
    EXPECT_EQ(samples.error().message, c.message) << c.name;
  }
}

TEST(JsonLines, Refusals) {
  for (const Refusal& c : std::initializer_list<Refusal>{
           {"empty", "\n", "t.jsonl: it is empty; write one JSON object a line"},
           {"no object", "[1]",
            "t.jsonl:1: it is no JSON object but \"[1]\"; write {\"time\": ..., \"METRIC\": NUMBER}"},
           {"broken", "{\"time\": 1",
            "t.jsonl:1: it is no JSON object but \"{\"time\": 1\"; write {\"time\": ..., "
            "\"METRIC\": NUMBER}"},
           {"no time", "{\"a\": 1}", "t.jsonl:1: there is no \"time\""},
           {"a strange time", "{\"time\": []}", "t.jsonl:1: \"time\" is neither a text nor a number"},
           {"a text for a number", "{\"time\": 1, \"a\": \"2\"}", "t.jsonl:1: \"a\" is neither a number nor null"},
           {"nested", "{\"time\": 1, \"a\": {\"b\": 2}}", "t.jsonl:1: \"a\" is neither a number nor null"},
           {"backwards", "{\"time\": 2}\n{\"time\": 2}",
            "t.jsonl:2: the time 1970-01-01T00:00:02.000Z is not after that of the row before, "
            "1970-01-01T00:00:02.000Z; sort by time"},
       }) {
    const auto samples = parse_json_lines(c.text, "t.jsonl");
    ASSERT_FALSE(samples) << c.name;
    EXPECT_EQ(samples.error().message, c.message) << c.name;
  }
}

TEST(Csv, MoreColumnsThanAnybodyHas) {
  std::string text = "time";
  for (int i = 0; i < 300; ++i) text += ",c" + std::to_string(i);
  EXPECT_FALSE(parse_csv(text, "t.csv"));
}

TEST(Resample, HoldsAValueUntilTheNextRowAndNotForEver) {
  const scale::Samples samples = csv("time,a\n0,1\n60,2\n120,3\n3600,4\n");
  const auto ticks = resample(samples, seconds(30));
  ASSERT_TRUE(ticks);
  ASSERT_EQ(ticks->ticks.size(), 121U);
  EXPECT_EQ(ticks->row(0)[0], 1);
  EXPECT_EQ(ticks->row(1)[0], 1);
  EXPECT_EQ(ticks->row(2)[0], 2);
  EXPECT_EQ(ticks->row(4 + 10)[0], 3) << "five minutes on";
  EXPECT_TRUE(std::isnan(ticks->row(4 + 11)[0]));
  EXPECT_EQ(ticks->row(120)[0], 4);
}

TEST(Resample, TheUsualStepIsTheMedian) {
  EXPECT_EQ(usual_step(csv("time,a\n0,1\n60,2\n120,3\n1000,4\n")), minutes(1));
  EXPECT_EQ(usual_step(csv("time,a\n0,1\n")), Duration{0});
}

TEST(Resample, RefusesMoreTicksThanAnybodyWaitsFor) {
  const scale::Samples samples = csv("time,a\n0,1\n7000000000,2\n");
  const auto ticks = resample(samples, seconds(1));
  ASSERT_FALSE(ticks);
  EXPECT_NE(ticks.error().message.find("take a longer -step"), std::string::npos);
}

}  // namespace
}  // namespace fas::backtest
