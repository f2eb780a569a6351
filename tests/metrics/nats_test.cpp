// The source nats over a scripted transport, and its reader of replies.
#include <gtest/gtest.h>

#include "metrics/nats_reply.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

// A reply about the stream JOBS with the consumer "worker", whose members follow.
std::string about(const std::string& consumer, const std::string& stream = "") {
  return R"({"server_id":"NX","account_details":[{"name":"other"},{"name":"$G","stream_detail":[
      {"name":"LOGS","consumer_detail":[{"name":"worker","num_pending":1,"num_ack_pending":1}]},
      {"name":"JOBS","state":{"messages":9},)" +
         stream + R"("consumer_detail":[{"name":"worker",)" + consumer + "}]}]}]}";
}

std::string read(const std::string& body, NatsValue value) {
  const auto answer = read_nats_jsz(body, {.account = "$G", .stream = "JOBS", .consumer = "worker", .value = value});
  if (!answer) return answer.error().message;
  if (answer->value) return std::to_string(static_cast<long long>(*answer->value));
  return "led by " + answer->leader;
}

constexpr std::string_view kCounts = R"("num_pending":5,"num_ack_pending":2)";

TEST(NatsReply, Values) {
  const std::string body = about(std::string(kCounts));
  EXPECT_EQ(read(body, NatsValue::kLag), "7");
  EXPECT_EQ(read(body, NatsValue::kPending), "5");
  EXPECT_EQ(read(body, NatsValue::kAckPending), "2");
  EXPECT_EQ(read(body, NatsValue::kMessages), "9");
  const auto huge = read_nats_jsz(about(R"("num_pending":18446744073709551615,"num_ack_pending":18446744073709551615)"),
                                  {.account = "$G", .stream = "JOBS", .consumer = "worker"});
  ASSERT_TRUE(huge) << huge.error().message;
  EXPECT_EQ(huge->value, 2 * 18446744073709551615.0);
}

TEST(NatsReply, PushConsumers) {
  const auto push = [](std::string_view bound) {
    return about(std::string(kCounts) + R"(,"config":{"deliver_subject":"d"})" + std::string(bound));
  };
  EXPECT_EQ(read(push(R"(,"push_bound":true)"), NatsValue::kLag), "7");
  EXPECT_EQ(read(push(""), NatsValue::kLag), "5");
  EXPECT_EQ(read(push(""), NatsValue::kAckPending), "2");
  EXPECT_EQ(read(about(std::string(kCounts) + R"(,"config":{"durable_name":"worker"})"), NatsValue::kLag), "7");
}

TEST(NatsReply, OnlyTheLeaderKnows) {
  const auto led = [](std::string_view cluster) {
    return about(std::string(kCounts) + ",\"cluster\":" + std::string(cluster));
  };
  EXPECT_EQ(read(led(R"({"leader":"n1","replicas":[{"name":"n2"},{"name":"n3"}]})"), NatsValue::kLag), "7");
  EXPECT_EQ(read(led(R"({"leader":"n2","replicas":[{"name":"n2"},{"name":"n3"}]})"), NatsValue::kLag), "led by n2");
  EXPECT_EQ(read(led(R"({"replicas":[{"name":"n2"}]})"), NatsValue::kLag), "led by ");
  EXPECT_EQ(read(about(std::string(kCounts), R"("cluster":{"leader":"n2","replicas":[{"name":"n2"}]},)"),
                 NatsValue::kMessages),
            "led by n2");
}

TEST(NatsReply, Errors) {
  struct Case {
    std::string body;
    std::string_view error;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", "the reply is not that of NATS' monitoring endpoint /jsz: an empty reply; check host"},
           {"<html>", "the reply is not that of NATS' monitoring endpoint /jsz: \"<html>\"; check host"},
           {"{}", "the reply is not that of NATS' monitoring endpoint /jsz: \"{}\"; check host"},
           {R"({"server_id":"NX","disabled":true})",
            "this server has no JetStream; start it with -js, or ask one that has"},
           {R"({"server_id":"NX"})", "no account $G with JetStream"},
           {R"({"server_id":"NX","account_details":[{"name":"$G"}]})", "no stream JOBS in account $G"},
           {R"({"server_id":"NX","account_details":[{"name":"$G","stream_detail":[{"name":"JOBS"}]}]})",
            "no consumer worker of stream JOBS"},
       }) {
    EXPECT_EQ(read(c.body, NatsValue::kLag), c.error);
  }
  EXPECT_TRUE(read(about(R"("num_pending":"5","num_ack_pending":2)"), NatsValue::kLag).starts_with("the reply is not"));
  EXPECT_TRUE(read(about(R"("num_pending":-5,"num_ack_pending":2)"), NatsValue::kLag).starts_with("the reply is not"));
}

Settings of_jobs(std::string host) {
  return settings({{"host", text(std::move(host))}, {"stream", text("JOBS")}, {"consumer", text("worker")}});
}

TEST(Nats, AsksForTheAccount) {
  Settings given = of_jobs("http://nats:8222/");
  given.values["account"] = text("A B");
  given.values["consumer"] = text("$APP_NAME");
  given.values["series"] = true;
  std::string body = about(std::string(kCounts));
  body.replace(body.find("$G"), 2, "A B");
  SourceFixture fixture("nats", given, test::always(200, body));
  const auto sample = fixture.collect();
  ASSERT_TRUE(sample) << sample.error().message;
  const auto& points = std::get<Series>(sample->value);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].labels, (TextMap{{"stream", "JOBS"}, {"consumer", "worker"}}));
  EXPECT_EQ(points[0].value, 7);
  EXPECT_EQ(fixture.http.requests()[0].url, "http://nats:8222/jsz?acc=A%20B&consumers=true&config=true");
}

TEST(Nats, TheDefaultAccount) {
  Settings given = of_jobs("http://nats:8222");
  for (const auto& [account, asked] : TextMap{{"", "%24G"}, {"$G", "%24G"}, {"TEAM", "TEAM"}}) {
    given.values["account"] = text(account);
    SourceFixture fixture("nats", given, test::always(200, about(std::string(kCounts))));
    EXPECT_EQ(fixture.collect().has_value(), asked == "%24G");
    EXPECT_TRUE(fixture.http.requests()[0].url.contains("acc=" + asked + "&")) << fixture.http.requests()[0].url;
  }
}

// n1 does not lead, n2 does, n3 is down, n4 knows nothing of the consumer.
Result<net::HttpResponse> cluster(const net::HttpRequest& request) {
  const auto led = [](std::string_view replica) {
    return about(std::string(kCounts) + R"(,"cluster":{"leader":"n2","replicas":[{"name":")" + std::string(replica) +
                 "\"}]}");
  };
  if (request.url.starts_with("http://n1")) return test::reply(200, led("n2"));
  if (request.url.starts_with("http://n2")) return test::reply(200, led("n1"));
  if (request.url.starts_with("http://n3")) return fail(ErrorKind::kUnavailable, "GET http://n3/jsz: refused");
  return test::reply(200, R"({"server_id":"NX"})");
}

TEST(Nats, LooksForTheLeader) {
  struct Case {
    std::string_view hosts, result;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"http://n2", ""},
           {"http://n1, http://n2", ""},
           {"http://n3,http://n4,http://n1,http://n2", ""},
           {"http://n1",
            "nats at http://n1/: consumer worker of stream JOBS is led by another member of the cluster, n2; write the "
            "addresses of all members in host"},
           {"http://n4", "nats at http://n4/: no account $G with JetStream"},
           {"http://n4,http://n1",
            "nats at http://n4/: consumer worker of stream JOBS is led by another member of the cluster, n2; write the "
            "addresses of all members in host"},
           {"http://n4,http://n3,http://n1", "nats: GET http://n3/jsz: refused"},
       }) {
    SourceFixture fixture("nats", of_jobs(std::string(c.hosts)), cluster);
    const auto sample = fixture.collect();
    if (!c.result.empty()) {
      EXPECT_EQ(message(sample), c.result);
      continue;
    }
    EXPECT_EQ(number(sample), 7) << c.hosts;
    const std::size_t asked = fixture.http.requests().size();
    EXPECT_EQ(number(fixture.collect()), 7) << c.hosts;
    EXPECT_EQ(fixture.http.requests().size(), asked + 1) << "the leader is asked first the next time";
  }
}

TEST(Nats, Validation) {
  struct Case {
    Settings settings;
    std::string_view error;
  };
  const auto host = text("http://nats:8222");
  const auto stream = text("JOBS");
  for (const Case& c : std::initializer_list<Case>{
           {settings({{"stream", stream}}), "nats host required"},
           {settings({{"host", host}}), "nats stream required"},
           {settings({{"host", host}, {"stream", stream}}), "nats consumer required, but with value messages"},
           {settings({{"host", host}, {"stream", stream}, {"value", text("messages")}}), ""},
           {settings({{"host", host}, {"stream", stream}, {"value", text("messages")}, {"consumer", text("c")}}),
            "nats consumer has no meaning with value messages"},
           {settings({{"host", text("http://n1:8222,")}, {"stream", stream}, {"consumer", text("c")}}),
            "nats host must begin with http:// or https://, as in http://prometheus.internal:9090; the monitoring "
            "port, "
            "as in http://nats.internal:8222"},
           {settings({{"host", host}, {"stream", stream}, {"consumer", text("c")}, {"password", text("p")}}),
            "password needs a user"},
       }) {
    const Result<void> valid = validate(*find_source_kind("nats"), c.settings);
    EXPECT_EQ(valid ? "" : valid.error().message, c.error);
  }
}

}  // namespace
}  // namespace fas::metrics
