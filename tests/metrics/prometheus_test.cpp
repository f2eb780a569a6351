// The source prometheus over a scripted transport: what it asks, and what it makes of answers.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

using test::always;
using test::reply;

constexpr std::string_view kThree =
    R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"app":"a"},"value":[1576800000,"3"]}]}})";
constexpr std::string_view kEmpty = R"({"status":"success","data":{"resultType":"vector","result":[]}})";

Settings with(std::initializer_list<std::pair<const std::string, FieldValue>> more) {
  Settings result = settings({{"address", text("http://prom:9090")}, {"query", text("depth{app=\"$APP_NAME\"}")}});
  for (const auto& [key, value] : more) result.values.insert_or_assign(key, value);
  return result;
}

std::string header(const net::HttpRequest& request, std::string_view name) {
  const auto found = std::ranges::find(request.headers, name, &net::Header::first);
  return found == request.headers.end() ? "" : found->second;
}

TEST(Prometheus, AsksForTheAppAtTheTimeOfTheTick) {
  SourceFixture prometheus("prometheus", with({}), always(200, std::string(kThree)));
  EXPECT_EQ(number(prometheus.collect("worker-1")), 3);
  ASSERT_EQ(prometheus.http.requests().size(), 1U);
  const net::HttpRequest& request = prometheus.http.requests()[0];
  const std::string seconds =
      std::to_string(std::chrono::floor<std::chrono::seconds>(prometheus.clock.wall_now().time_since_epoch()).count());
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url,
            "http://prom:9090/api/v1/query?query=depth%7Bapp%3D%22worker-1%22%7D&time=" + seconds + ".000");
  EXPECT_EQ(header(request, "Accept"), "application/json");
  EXPECT_EQ(header(request, "Authorization"), "");
  EXPECT_EQ(request.body, "");
}

TEST(Prometheus, Addresses) {
  for (const auto& [address, beginning] : std::initializer_list<std::pair<std::string, std::string>>{
           {"http://prom:9090/", "http://prom:9090/api/v1/query?query="},
           {"https://api.fly.io/prometheus/org", "https://api.fly.io/prometheus/org/api/v1/query?query="},
           {"https://api.fly.io/prometheus/org/", "https://api.fly.io/prometheus/org/api/v1/query?query="},
           {"http://prom/x?tenant=1", "http://prom/x/api/v1/query?tenant=1&query="},
       }) {
    SourceFixture prometheus("prometheus", with({{"address", text(address)}}), always(200, std::string(kThree)));
    prometheus.collect();
    EXPECT_TRUE(prometheus.http.requests().at(0).url.starts_with(beginning)) << prometheus.http.requests()[0].url;
  }
}

TEST(Prometheus, PostsWhenToldToOrWhenTheQueryIsLong) {
  const std::string long_query = "sum(depth{app=~\"" + std::string(5000, 'a') + "\"})";
  for (const Settings& given : {with({{"method", text("POST")}}), with({{"query", text(long_query)}})}) {
    SourceFixture prometheus("prometheus", given, always(200, std::string(kThree)));
    EXPECT_EQ(number(prometheus.collect()), 3);
    const net::HttpRequest& request = prometheus.http.requests().at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "http://prom:9090/api/v1/query");
    EXPECT_EQ(header(request, "Content-Type"), "application/x-www-form-urlencoded");
    EXPECT_TRUE(request.body.starts_with("query="));
    EXPECT_NE(request.body.find("&time="), std::string::npos);
  }
  SourceFixture get("prometheus", with({{"method", text("GET")}, {"query", text(long_query)}}),
                    always(200, std::string(kThree)));
  get.collect();
  EXPECT_EQ(get.http.requests().at(0).method, "GET");
}

TEST(Prometheus, Credentials) {
  auto tls = std::make_shared<const Settings>(settings({{"ca", text("PEM")}}));
  SourceFixture prometheus("prometheus",
                           with({{"token", text("FlyV1 abc")},
                                 {"headers", TextMap{{"X-Scope-OrgID", "tenant"}}},
                                 {"tls", std::shared_ptr<const Settings>(tls)}}),
                           always(200, std::string(kThree)));
  prometheus.collect();
  const net::HttpRequest& request = prometheus.http.requests().at(0);
  EXPECT_EQ(header(request, "Authorization"), "FlyV1 abc");
  EXPECT_EQ(header(request, "X-Scope-OrgID"), "tenant");
  ASSERT_NE(request.tls, nullptr);
  EXPECT_EQ(request.tls->ca, "PEM");
}

TEST(Prometheus, EmptyIsAnErrorUnlessThereIsAnEmptyValue) {
  SourceFixture strict("prometheus", with({}), always(200, std::string(kEmpty)));
  EXPECT_EQ(message(strict.collect()), "empty prometheus result");
  SourceFixture lenient("prometheus", with({{"empty-value", 7.0}}), always(200, std::string(kEmpty)));
  EXPECT_EQ(number(lenient.collect()), 7);
}

TEST(Prometheus, Series) {
  SourceFixture prometheus("prometheus", with({{"series", true}}), always(200, std::string(kThree)));
  const auto sample = prometheus.collect();
  ASSERT_TRUE(sample) << sample.error().message;
  const auto& series = std::get<Series>(sample->value);
  ASSERT_EQ(series.size(), 1U);
  EXPECT_EQ(series[0].labels.at("app"), "a");
  EXPECT_EQ(series[0].value, 3);
}

TEST(Prometheus, MaximalAgeIsAskedForAndChecked) {
  const Settings given = with({{"max-age", Duration(std::chrono::milliseconds(90'500))}});
  SourceFixture prometheus("prometheus", given, always(200, std::string(kThree)));
  const auto sample = prometheus.collect();
  EXPECT_TRUE(prometheus.http.requests().at(0).url.ends_with("&lookback_delta=90.500&max_lookback=90.500"))
      << prometheus.http.requests()[0].url;
  // The scripted sample is of 2019-12-20; the virtual clock stands there plus an hour.
  EXPECT_NE(message(sample).find("longer than max-age 1m30.5s"), std::string::npos) << message(sample);
}

TEST(Prometheus, Errors) {
  struct Case {
    std::string_view name;
    net::HttpResponse response;
    ErrorKind kind;
    std::string_view message;
  };
  const std::string html = "<html>\n<title>502 Bad Gateway</title>";
  for (const Case& c : std::initializer_list<Case>{
           {"bad query", reply(400, R"({"status":"error","errorType":"bad_data","error":"1:3: parse error"})"),
            ErrorKind::kInvalid, "prometheus at http://prom:9090/ answered HTTP 400: bad_data: 1:3: parse error"},
           {"cannot execute", reply(422, R"({"status":"error","errorType":"execution","error":"many-to-many"})"),
            ErrorKind::kInvalid, "prometheus at http://prom:9090/ answered HTTP 422: execution: many-to-many"},
           {"timed out there", reply(503, R"({"status":"error","errorType":"timeout","error":"query timed out"})"),
            ErrorKind::kUnavailable, "prometheus at http://prom:9090/ answered HTTP 503: timeout: query timed out"},
           {"HTML", reply(502, html), ErrorKind::kUnavailable,
            "prometheus at http://prom:9090/ answered HTTP 502: \"<html> <title>502 Bad Gateway</title>\""},
           {"token echoed", reply(401, "no access for s3cret-token"), ErrorKind::kUnauthorized,
            "prometheus at http://prom:9090/ answered HTTP 401: \"no access for ***\"; check the token, user and "
            "password, and what they may read"},
           {"nothing said", reply(404, ""), ErrorKind::kNotFound,
            "prometheus at http://prom:9090/ answered HTTP 404: an empty reply; check the address"},
           {"error with status 200", reply(200, R"({"status":"error","errorType":"internal","error":"s3cret-token"})"),
            ErrorKind::kInvalid, "prometheus at http://prom:9090/: internal: ***"},
           {"HTML with status 200", reply(200, html), ErrorKind::kMalformed,
            "prometheus at http://prom:9090/: the reply is not one of Prometheus' query API: no JSON object but "
            "\"<html> <title>502 Bad Gateway</title>\""},
           {"no content", reply(204, ""), ErrorKind::kMalformed,
            "prometheus at http://prom:9090/: the reply is not one of Prometheus' query API: no JSON object but an "
            "empty reply"},
       }) {
    const Settings given = with({{"token", text("s3cret-token")}, {"empty-value", 0.0}});
    SourceFixture prometheus("prometheus", given,
                             [&](const net::HttpRequest&) -> Result<net::HttpResponse> { return c.response; });
    const auto sample = prometheus.collect();
    ASSERT_FALSE(sample) << c.name;
    EXPECT_EQ(sample.error().message, c.message) << c.name;
    EXPECT_EQ(sample.error().kind, c.kind) << c.name;
  }
}

TEST(Prometheus, TransportErrorsAreNeverAnEmptyValue) {
  SourceFixture prometheus("prometheus", with({{"empty-value", 0.0}}),
                           [](const net::HttpRequest&) -> Result<net::HttpResponse> {
                             return fail(ErrorKind::kUnknownOutcome, "GET http://prom:9090/api/v1/query: reset");
                           });
  const auto sample = prometheus.collect();
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().message, "prometheus: GET http://prom:9090/api/v1/query: reset");
  EXPECT_EQ(sample.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace fas::metrics
