// The source http over a scripted transport: what it asks, and what it makes of answers.
#include <gtest/gtest.h>

#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

using test::always;

constexpr std::string_view kPage = R"(# TYPE depth gauge
depth{app="worker",queue="a"} 3
depth{app="worker",queue="b"} 5 1576800000000
depth{app="other"} 100
load NaN
)";

Settings with(std::initializer_list<std::pair<const std::string, FieldValue>> more) {
  Settings result = settings({{"url", text("http://jobs.internal/stats?key=hidden")}});
  for (const auto& [key, value] : more) result.values.insert_or_assign(key, value);
  return result;
}

TEST(Http, Numbers) {
  const FieldValue app = TextMap{{"app", "$APP_NAME"}};
  struct Case {
    std::string_view name;
    Settings settings;
    std::string body;
    double value;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"text", with({}), " 42.5\n", 42.5},
           {"JSON", with({{"value", text("/queues/0/depth")}}), R"({"queues":[{"depth":12}]})", 12},
           {"JSON of the app", with({{"value", text("/$APP_NAME/depth")}}), R"({"worker":{"depth":"9"}})", 9},
           {"one series", with({{"metric", text("depth")}, {"labels", TextMap{{"queue", "a"}}}}), std::string(kPage),
            3},
           {"sum is the default", with({{"metric", text("depth")}, {"labels", app}}), std::string(kPage), 8},
           {"max", with({{"metric", text("depth")}, {"labels", app}, {"aggregate", text("max")}}), std::string(kPage),
            5},
           {"min", with({{"metric", text("depth")}, {"aggregate", text("min")}}), std::string(kPage), 3},
           {"avg", with({{"metric", text("depth")}, {"aggregate", text("avg")}}), std::string(kPage), 36},
           {"count", with({{"metric", text("depth")}, {"aggregate", text("count")}}), std::string(kPage), 3},
           {"empty text", with({{"empty-value", 1.0}}), "", 1},
           {"null", with({{"value", text("/a")}, {"empty-value", 1.0}}), R"({"a":null})", 1},
           {"absent metric", with({{"metric", text("nope")}, {"empty-value", 1.0}}), std::string(kPage), 1},
           {"count of an absent metric",
            with({{"metric", text("nope")}, {"aggregate", text("count")}, {"empty-value", 1.0}}), std::string(kPage),
            1},
           {"NaN", with({{"metric", text("load")}, {"empty-value", 1.0}}), std::string(kPage), 1},
       }) {
    SourceFixture http("http", c.settings, always(200, c.body));
    EXPECT_EQ(number(http.collect("worker")), c.value) << c.name;
  }
}

TEST(Http, Series) {
  SourceFixture http("http", with({{"metric", text("depth")}, {"series", true}}), always(200, std::string(kPage)));
  const auto sample = http.collect();
  ASSERT_TRUE(sample) << sample.error().message;
  const auto& series = std::get<Series>(sample->value);
  ASSERT_EQ(series.size(), 3U);
  EXPECT_EQ(series[1].labels, (TextMap{{"app", "worker"}, {"queue", "b"}}));
}

TEST(Http, Request) {
  const Settings given = with({{"url", text("http://$APP_NAME.internal/q")},
                               {"method", text("POST")},
                               {"headers", TextMap{{"X-App", "${APP_NAME}"}}},
                               {"body", text(R"({"app":"$APP_NAME"})")},
                               {"token", text("abc")},
                               {"value", text("/depth")}});
  SourceFixture http("http", given, always(200, R"({"depth":1})"));
  EXPECT_EQ(number(http.collect("mail")), 1);
  const net::HttpRequest& request = http.http.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://mail.internal/q");
  EXPECT_EQ(request.body, R"({"app":"mail"})");
  EXPECT_EQ(request.headers, (std::vector<net::Header>{
                                 {"X-App", "mail"}, {"Accept", "application/json"}, {"Authorization", "Bearer abc"}}));
}

TEST(Http, AnAcceptHeaderOfTheUserWins) {
  SourceFixture http("http", with({{"headers", TextMap{{"accept", "text/csv"}}}}), always(200, "1"));
  http.collect();
  EXPECT_EQ(http.http.requests().at(0).headers, (std::vector<net::Header>{{"accept", "text/csv"}}));
}

TEST(Http, Errors) {
  struct Case {
    std::string_view name;
    Settings settings;
    int status;
    std::string body;
    std::string_view message;  // behind the server's name
  };
  const Duration minute = std::chrono::minutes(1);
  for (const Case& c : std::initializer_list<Case>{
           {"status", with({{"token", text("s3cret-token")}}), 500, "oops s3cret-token",
            " answered HTTP 500: \"oops ***\""},
           {"empty text", with({}), 200, "\n", ": an empty reply"},
           {"no number", with({}), 200, R"({"a":1})",
            R"(: the reply is no number: "{"a":1}"; for JSON set value, a JSON pointer)"},
           {"absent", with({{"value", text("/a/b")}}), 200, "{}", ": the reply has nothing, or null, at /a/b"},
           {"null", with({{"value", text("")}, {"format", text("json")}}), 200, "null",
            ": the reply has nothing, or null, at its top"},
           {"object", with({{"value", text("/a")}, {"empty-value", 0.0}}), 200, R"({"a":{}})",
            ": value /a: the value is an object"},
           {"HTML for JSON", with({{"value", text("/a")}, {"empty-value", 0.0}}), 200, "<html>",
            ": value /a: the reply is not JSON (syntax error at byte 1): \"<html>\""},
           {"HTML for a page", with({{"metric", text("a")}, {"empty-value", 0.0}}), 200, "<html>",
            ": line 1 of the reply is not in the Prometheus text format: \"<html>\""},
           {"absent metric", with({{"metric", text("nope")}}), 200, std::string(kPage),
            ": the page has no series nope"},
           {"absent label", with({{"metric", text("depth")}, {"labels", TextMap{{"app", "x"}}}}), 200,
            std::string(kPage), ": the page has no series depth with these labels"},
           {"NaN", with({{"metric", text("load")}}), 200, std::string(kPage), ": the value is NaN, which is no number"},
           {"old", with({{"metric", text("depth")}, {"max-age", minute}}), 200, std::string(kPage),
            ": the newest value was measured 1h0m0s ago, longer than max-age 1m0s"},
       }) {
    SourceFixture http("http", c.settings, always(c.status, c.body));
    const auto sample = http.collect("worker");
    ASSERT_FALSE(sample) << c.name;
    EXPECT_EQ(sample.error().message, "http://jobs.internal/stats" + std::string(c.message)) << c.name;
  }
}

TEST(Http, TransportErrorsAreNeverAnEmptyValue) {
  SourceFixture http("http", with({{"empty-value", 0.0}}), [](const net::HttpRequest&) -> Result<net::HttpResponse> {
    return fail(ErrorKind::kUnavailable, "GET http://jobs.internal/stats: connection refused");
  });
  const auto sample = http.collect();
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().message, "GET http://jobs.internal/stats: connection refused");
}

}  // namespace
}  // namespace fas::metrics
