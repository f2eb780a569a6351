// The past values of a query over a scripted transport: what is asked, in how many questions, and what is made of the
// answers.
#include "metrics/prometheus_range.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

using std::chrono::seconds;
using test::always;
using test::reply;

constexpr WallTime kBegin = WallTime(seconds(1'700'000'000));

std::string matrix(std::string_view series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + std::string(series) + "]}}";
}

Settings with(std::initializer_list<std::pair<const std::string, FieldValue>> more) {
  Settings result = settings({{"address", text("http://prom:9090")}, {"query", text("depth{app=\"$APP_NAME\"}")}});
  for (const auto& [key, value] : more) result.values.insert_or_assign(key, value);
  return result;
}

class Range : public testing::Test {
 protected:
  Result<History> ask(test::FakeTransport::Script script, Duration length, const Settings& given = with({})) {
    http.emplace(std::move(script));
    const SourceContext context{.loop = loop, .clock = clock, .http = *http};
    const TimeRange range{
        .from = kBegin, .to = kBegin + std::chrono::duration_cast<WallTime::duration>(length), .step = seconds(15)};
    return test::run(loop, query_range(&context, given, "worker", range, seconds(10)));
  }

  boost::asio::io_context loop;
  test::VirtualClock clock{loop};
  std::optional<test::FakeTransport> http;
};

TEST_F(Range, AsksForTheAppWithTheCollectorsCredentials) {
  const auto history = ask(always(200, matrix(R"({"metric":{},"values":[[1700000000,"3"],[1700000015,"NaN"],)"
                                              R"([1700000030,"4.5"]]})")),
                           seconds(60), with({{"token", text("s3cret-token")}}));
  ASSERT_TRUE(history) << history.error().message;
  ASSERT_EQ(history->values.size(), 2U);
  EXPECT_EQ(history->values[0].at, kBegin);
  EXPECT_EQ(history->values[1].value, 4.5);
  EXPECT_TRUE(history->warnings.empty());
  ASSERT_EQ(http->requests().size(), 1U);
  EXPECT_EQ(http->requests()[0].url,
            "http://prom:9090/api/v1/query_range?query=depth%7Bapp%3D%22worker%22%7D&start=1700000000.000"
            "&end=1700000060.000&step=15.000");
  const auto& headers = http->requests()[0].headers;
  EXPECT_NE(std::ranges::find(headers, net::Header("Authorization", "Bearer s3cret-token")), headers.end());
}

TEST_F(Range, AMonthIsAskedForInPiecesThatServersAnswer) {
  int asked = 0;
  const auto script = [&](const net::HttpRequest& request) -> Result<net::HttpResponse> {
    const std::size_t at = request.url.find("start=") + 6;
    const std::string start = request.url.substr(at, 10);
    ++asked;
    return reply(200, matrix(R"({"metric":{},"values":[[)" + start + R"(,"1"]]})"));
  };
  const auto history = ask(script, std::chrono::hours(720));
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(asked, 16);
  ASSERT_EQ(history->values.size(), 16U) << "the pieces do not overlap";
  EXPECT_EQ(history->values[1].at - history->values[0].at, seconds(15) * kMostRangePoints);
}

TEST_F(Range, OfSeveralSeriesTheFirstWithAWarning) {
  const auto history = ask(always(200, matrix(R"({"metric":{"a":"1"},"values":[[1700000000,"3"]]},)"
                                              R"({"metric":{"a":"2"},"values":[[1700000000,"9"]]})")),
                           seconds(60));
  ASSERT_TRUE(history);
  ASSERT_EQ(history->values.size(), 1U);
  EXPECT_EQ(history->values[0].value, 3);
  EXPECT_EQ(history->warnings, std::vector<std::string>{"2 series, took the first"});
}

TEST_F(Range, NothingIsNoError) {
  const auto history = ask(always(200, matrix("")), seconds(60));
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->values.empty());
}

TEST_F(Range, Failures) {
  struct Case {
    std::string_view name;
    net::HttpResponse response;
    std::string_view message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"a bad query", reply(400, R"({"status":"error","errorType":"bad_data","error":"parse error"})"),
            "prometheus at http://prom:9090/ answered HTTP 400: bad_data: parse error"},
           {"unauthorised", reply(401, "no"), "check the token"},
           {"an echo of the token", reply(500, "token s3cret-token is bad"), "token *** is bad"},
           {"garbage", reply(200, "<html>"), "the reply is not one of Prometheus' query API"},
           {"a vector", reply(200, R"({"status":"success","data":{"resultType":"vector","result":[]}})"),
            "a range query yields a matrix, not \"vector\""},
           {"a bad value", reply(200, matrix(R"({"metric":{},"values":[[1700000000,"x"]]})")), "is not a number"},
           {"no values", reply(200, matrix(R"({"metric":{}})")), "has no values"},
       }) {
    const auto history = ask([&](const net::HttpRequest&) -> Result<net::HttpResponse> { return c.response; },
                             seconds(60), with({{"token", text("s3cret-token")}}));
    ASSERT_FALSE(history) << c.name;
    EXPECT_NE(history.error().message.find(c.message), std::string::npos) << c.name << ": " << history.error().message;
    EXPECT_EQ(history.error().message.find("s3cret"), std::string::npos) << c.name;
  }
}

}  // namespace
}  // namespace fas::metrics
