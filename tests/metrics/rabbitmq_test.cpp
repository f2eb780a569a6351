// The source rabbitmq over a scripted transport, and its reader of replies.
#include <gtest/gtest.h>

#include "metrics/rabbitmq_reply.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

Settings jobs() { return settings({{"host", text("http://mq:15672/")}, {"queue", text("jobs/$APP_NAME")}}); }

std::string read(std::string_view body, RabbitValue value) {
  const Result<RabbitPage> page = read_rabbit_queues(body, value);
  if (!page) return page.error().message;
  std::string text;
  for (const RabbitQueue& queue : page->queues) {
    text += queue.name + "=" + (queue.value ? std::to_string(*queue.value) : "?") + " ";
  }
  return text;
}

TEST(RabbitmqReply, Table) {
  struct Case {
    std::string_view body;
    RabbitValue value;
    std::string_view read;
  };
  constexpr std::string_view kQueue =
      R"({"name":"q","vhost":"/","messages":5,"messages_ready":3,"messages_unacknowledged":2,
          "message_stats":{"publish_details":{"rate":1.5},"deliver_get_details":{"rate":0.25}}})";
  for (const Case& c : std::initializer_list<Case>{
           {kQueue, RabbitValue::kMessages, "q=5.000000 "},
           {kQueue, RabbitValue::kReady, "q=3.000000 "},
           {kQueue, RabbitValue::kUnacked, "q=2.000000 "},
           {kQueue, RabbitValue::kPublishRate, "q=1.500000 "},
           {kQueue, RabbitValue::kDeliverRate, "q=0.250000 "},
           {R"({"name":"q","messages":0})", RabbitValue::kPublishRate, "q=0.000000 "},
           {R"({"name":"q","state":"down"})", RabbitValue::kPublishRate, "q=? "},
           {R"({"name":"q","messages":"5"})", RabbitValue::kMessages, "q=? "},
           {R"({"items":[],"page_count":1})", RabbitValue::kMessages, ""},
           {R"({"items":[{"name":"a","messages":1},{"name":"b","messages":2}],"page_count":1})", RabbitValue::kMessages,
            "a=1.000000 b=2.000000 "},
           {"", RabbitValue::kMessages, "the reply is not the management API's: an empty reply; check host"},
           {"<html>", RabbitValue::kMessages, "the reply is not the management API's: \"<html>\"; check host"},
           {"[1]", RabbitValue::kMessages, "the reply is not the management API's: \"[1]\"; check host"},
           {R"({"items":[1],"page_count":1})", RabbitValue::kMessages,
            "the reply is not the management API's: \"{\"items\":[1],\"page_count\":1}\"; check host"},
       }) {
    EXPECT_EQ(read(c.body, c.value), c.read) << c.body;
  }
  EXPECT_FALSE(read_rabbit_queues(std::string(100'000, '['), RabbitValue::kMessages));
  EXPECT_EQ(rabbit_error_text(R"({"error":"not_authorised","reason":"Login failed"})"), "not_authorised: Login failed");
  EXPECT_EQ(rabbit_error_text("nonsense"), "");
}

TEST(Rabbitmq, AsksForOneQueue) {
  SourceFixture fixture("rabbitmq", jobs(), test::always(200, R"({"name":"jobs/worker","messages":4})"));
  EXPECT_EQ(number(fixture.collect()), 4);
  EXPECT_EQ(fixture.http.requests()[0].url, "http://mq:15672/api/queues/%2F/jobs%2Fworker");
}

TEST(Rabbitmq, AddsUpEveryPage) {
  const auto script = [](const net::HttpRequest& request) -> Result<net::HttpResponse> {
    const bool first = request.url.find("?page=1&") != std::string::npos;
    return test::reply(200, first ? R"({"items":[{"name":"a","messages":1}],"page_count":2})"
                                  : R"({"items":[{"name":"b","messages":20}],"page_count":2})");
  };
  const Settings given = settings({{"host", text("http://mq:15672")}, {"queue-regex", text("^jobs\\.")}});
  SourceFixture fixture("rabbitmq", given, script);
  EXPECT_EQ(number(fixture.collect()), 21);
  ASSERT_EQ(fixture.http.requests().size(), 2U);
  EXPECT_TRUE(fixture.http.requests()[1].url.starts_with(
      "http://mq:15672/api/queues/%2F?page=2&page_size=500&use_regex=true&name=%5Ejobs%5C.&columns="))
      << fixture.http.requests()[1].url;
}

TEST(Rabbitmq, NoCountIsNotZero) {
  const auto of = [](std::string_view body, Settings given) {
    SourceFixture fixture("rabbitmq", given, test::always(200, std::string(body)));
    return message(fixture.collect());
  };
  EXPECT_EQ(of(R"({"name":"jobs/worker"})", jobs()),
            "rabbitmq at http://mq:15672/: the server has no count of queue jobs/worker yet, or it is down");
  const Settings regex = settings({{"host", text("http://mq")}, {"queue-regex", text("x")}});
  EXPECT_EQ(of(R"({"items":[],"page_count":0})", regex),
            "rabbitmq at http://mq/: no queue matches queue-regex x in vhost /");
  EXPECT_EQ(of(R"({"items":[{"name":"a","messages":1},{"name":"b"}],"page_count":1})", regex),
            "rabbitmq at http://mq/: the server has no count of queue b yet, or it is down");
  EXPECT_EQ(of(R"({"items":[],"page_count":21})", regex),
            "rabbitmq at http://mq/: queue-regex x in vhost / matches more than 10000 queues; narrow it");
}

TEST(Rabbitmq, Validation) {
  struct Case {
    Settings settings;
    std::string_view error;
  };
  const auto host = text("http://mq:15672");
  for (const Case& c : std::initializer_list<Case>{
           {settings({{"queue", text("q")}}), "rabbitmq host required"},
           {settings({{"host", host}}), "rabbitmq takes either queue or queue-regex, and one of them is required"},
           {settings({{"host", host}, {"queue", text("q")}, {"queue-regex", text("q")}}),
            "rabbitmq takes either queue or queue-regex, and one of them is required"},
           {settings({{"host", host}, {"queue", text("q")}, {"password", text("p")}}), "password needs a user"},
       }) {
    const Result<void> valid = validate(*find_source_kind("rabbitmq"), c.settings);
    EXPECT_EQ(valid ? "" : valid.error().message, c.error);
  }
}

}  // namespace
}  // namespace fas::metrics
