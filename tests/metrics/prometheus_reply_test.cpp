#include "metrics/prometheus_reply.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace fas::metrics {
namespace {

std::string success(std::string_view type, std::string_view result) {
  return R"({"status":"success","data":{"resultType":")" + std::string(type) + R"(","result":)" + std::string(result) +
         "}}";
}

double first(const Result<Reading>& reading) {
  if (reading && !reading->points.empty()) return reading->points.front().point.value;
  ADD_FAILURE() << (reading ? "no point" : reading.error().message);
  return std::numeric_limits<double>::quiet_NaN();
}

TEST(PrometheusReply, Values) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  struct Case {
    std::string_view name, type, result;
    double value;
  };
  PrometheusReplyParser parser;
  for (const Case& c : std::initializer_list<Case>{
           {"scalar", "scalar", R"([1700000000.5,"42"])", 42},
           {"string", "string", R"([1700000000,"7.5"])", 7.5},
           {"vector", "vector", R"([{"metric":{"app":"a"},"value":[1700000000,"3"]}])", 3},
           {"first of a vector", "vector", R"([{"metric":{},"value":[1,"1"]},{"metric":{},"value":[1,"2"]}])", 1},
           {"last of a matrix", "matrix", R"([{"metric":{},"values":[[1,"1"],[2,"5"]]}])", 5},
           {"infinity", "scalar", R"([1,"+Inf"])", kInfinity},
           {"minus infinity", "scalar", R"([1,"-Inf"])", -kInfinity},
           {"exponent", "scalar", R"([1,"1.5e+06"])", 1.5e6},
           {"huge", "scalar", R"([1,"1.7976931348623157e+308"])", 1.7976931348623157e308},
           {"negative", "scalar", R"([1,"-0.25"])", -0.25},
       }) {
    EXPECT_EQ(first(parser.parse(success(c.type, c.result), false)), c.value) << c.name;
  }
  EXPECT_TRUE(std::isnan(first(parser.parse(success("scalar", R"([1,"NaN"])"), false))));
}

TEST(PrometheusReply, LabelsTimesAndWarnings) {
  PrometheusReplyParser parser;
  const std::string body =
      R"({"warnings":["partial","store\ndown"],"data":{"result":[{"value":[1700000000.25,"3"],)"
      R"("metric":{"__name__":"depth","zone":"zürich"}}],"resultType":"vector"},"infos":[],"status":"success"})";
  const auto with = parser.parse(body, true);
  ASSERT_TRUE(with) << with.error().message;
  EXPECT_EQ(with->warnings, (std::vector<std::string>{"partial", "store down"}));
  ASSERT_EQ(with->points.size(), 1U);
  EXPECT_EQ(with->points[0].point.labels,
            (std::map<std::string, std::string>{{"__name__", "depth"}, {"zone", "zürich"}}));
  EXPECT_EQ(with->points[0].at, WallTime(std::chrono::milliseconds(1700000000250)));
  const auto without = parser.parse(body, false);
  ASSERT_TRUE(without);
  EXPECT_TRUE(without->points[0].point.labels.empty());
}

TEST(PrometheusReply, AnEmptyVectorIsNoError) {
  PrometheusReplyParser parser;
  for (const std::string_view type : {"vector", "matrix"}) {
    const auto reading = parser.parse(success(type, "[]"), true);
    ASSERT_TRUE(reading) << reading.error().message;
    EXPECT_TRUE(reading->points.empty());
  }
}

TEST(PrometheusReply, ErrorsOfTheServer) {
  PrometheusReplyParser parser;
  const std::string body = R"({"status":"error","errorType":"bad_data","error":"invalid parameter \"query\""})";
  const auto reading = parser.parse(body, false);
  ASSERT_FALSE(reading);
  EXPECT_EQ(reading.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(reading.error().message, "bad_data: invalid parameter \"query\"");
  EXPECT_EQ(parser.error_text(body), "bad_data: invalid parameter \"query\"");
  EXPECT_EQ(parser.error_text(R"({"status":"error","errorType":"422"})"), "422");
  EXPECT_EQ(parser.error_text(success("vector", "[]")), "");
  EXPECT_EQ(parser.error_text("<html>"), "");
}

TEST(PrometheusReply, Garbage) {
  struct Case {
    std::string name, body, words;  // `words` are in the message
  };
  PrometheusReplyParser parser;
  const std::string good = success("vector", R"([{"metric":{},"value":[1,"1"]}])");
  std::vector<Case> cases = {
      {"empty", "", "an empty reply"},
      {"blank", " \n", "an empty reply"},
      {"HTML", "<!DOCTYPE html><html>502", R"("<!DOCTYPE html><html>502")"},
      {"brackets", std::string(100'000, '['), "no JSON object"},
      {"braces", std::string(100'000, '{'), "no JSON object"},
      {"nested", good.substr(0, good.size() - 2) + "," + std::string(100'000, '['), "no JSON object"},
      {"array", "[]", "no JSON object"},
      {"null", "null", "no JSON object"},
      {"two documents", good + good, "no JSON object"},
      {"broken UTF-8", "{\"status\":\"\xff\"}", "no JSON object"},
      {"no status", "{}", "status"},
      {"status is a number", R"({"status":1})", "status"},
      {"no data", R"({"status":"success"})", "it has no data"},
      {"data is a list", R"({"status":"success","data":[]})", "it has no data"},
      {"no result", R"({"status":"success","data":{"resultType":"vector"}})", "it has no result"},
      {"unknown type", success("streams", "[]"), R"("streams" is unknown)"},
      {"result is an object", success("vector", "{}"), "not a list"},
      {"series is a number", success("vector", "[1]"), "a series is not an object"},
      {"no value", success("vector", R"([{"metric":{},"histogram":[1,{}]}])"), "no value"},
      {"no values", success("matrix", R"([{"metric":{},"values":[]}])"), "no values"},
      {"value is a number", success("vector", R"([{"metric":{},"value":7}])"), "a sample is not"},
      {"value not quoted", success("vector", R"([{"metric":{},"value":[1,7]}])"), "a sample is not"},
      {"short value", success("scalar", "[1]"), "a sample is not"},
      {"long value", success("scalar", R"([1,"1","2"])"), "a sample is not"},
      {"time is a text", success("scalar", R"(["1","2"])"), "a sample is not"},
      {"time far off", success("scalar", R"([1e300,"2"])"), "out of range"},
      {"time negative", success("scalar", R"([-1,"2"])"), "out of range"},
      {"a word", success("scalar", R"([1,"many"])"), R"(the value "many" is not a number)"},
      {"no text", success("scalar", R"([1,""])"), "is not a number"},
      {"beyond a double", success("scalar", R"([1,"1e999"])"), "is not a number"},
      {"labels are a list", success("vector", R"([{"metric":[],"value":[1,"1"]}])"), "no labels"},
      {"label is a number", success("vector", R"([{"metric":{"a":1},"value":[1,"1"]}])"), "a label is not a text"},
  };
  for (std::size_t length = 0; length < good.size(); ++length) {
    cases.push_back({"cut at " + std::to_string(length), good.substr(0, length), "the reply is not"});
  }
  for (const Case& c : cases) {
    const auto reading = parser.parse(c.body, true);
    ASSERT_FALSE(reading) << c.name;
    EXPECT_EQ(reading.error().kind, ErrorKind::kMalformed) << c.name;
    EXPECT_NE(reading.error().message.find(c.words), std::string::npos) << c.name << ": " << reading.error().message;
    EXPECT_LT(reading.error().message.size(), 300U) << c.name;
    ASSERT_TRUE(parser.parse(good, true)) << "after " << c.name;
  }
}

}  // namespace
}  // namespace fas::metrics
