// The source sqs against a small SQS of our own, which checks signatures for itself; and its readers of replies.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "metrics/sqs_reply.h"
#include "tests/metrics/real_source.h"
#include "tests/support/raw_server.h"

namespace fas::metrics {
namespace {

constexpr const char* kSecret = "s3cret/access+key";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string sha256(std::string_view text) {
  std::string digest(32, '\0');
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(), nullptr);
  return hex(digest);
}

std::string hmac(const std::string& key, std::string_view text) {
  std::string digest(32, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return digest;
}

std::string part_behind(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + name.size());
  return std::string(rest.substr(0, rest.find(',')));
}

// What a server does with a request as it has arrived: the header that it expects, by what the request says of itself.
std::string expected_signature(const test::RawRequest& request) {
  const std::string authorization = request.header("authorization");
  const std::string scope = part_behind(authorization, "Credential=AK/");
  const std::string names = part_behind(authorization, "SignedHeaders=");
  std::string canonical = "POST\n/\n\n";
  for (const std::string_view name : split(names, ';')) {
    canonical += fmt::format("{}:{}\n", name, request.header(std::string(name)));
  }
  canonical += fmt::format("\n{}\n{}", names, sha256(request.body));
  const std::vector<std::string_view> parts = split(scope, '/');  // day, region, service, aws4_request
  std::string key = std::string("AWS4") + kSecret;
  for (const std::string_view part : parts) key = hmac(key, part);
  return hex(
      hmac(key, fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", request.header("x-amz-date"), scope, sha256(canonical))));
}

std::string error_reply(std::string_view type, std::string_view message) {
  return fmt::format(R"({{"__type":"com.amazonaws.sqs#{}","message":"{}"}})", type, message);
}

class Sqs : public RealSourceTest {
 protected:
  test::RawReply answer(const test::RawRequest& request) {
    if (down) return {.bytes = "", .then = test::RawReply::Then::kReset};
    const std::string authorization = request.header("authorization");
    if (authorization.substr(authorization.find("Signature=") + 10) != expected_signature(request)) {
      return test::http_reply(403, error_reply("InvalidSignatureException",
                                               "The request signature does not match " + std::string(kSecret)));
    }
    EXPECT_EQ(request.header("x-amz-target"), "AmazonSQS.GetQueueAttributes");
    EXPECT_EQ(request.header("content-type"), "application/x-amz-json-1.0");
    const auto body = nlohmann::json::parse(request.body);
    const std::string url = body.at("QueueUrl");
    const auto queue = queues.find(url.substr(url.rfind('/') + 1));
    if (queue == queues.end()) {
      return test::http_reply(400, error_reply("QueueDoesNotExist", "The specified queue does not exist."));
    }
    return test::http_reply(200, queue->second);
  }

  static std::string counts(std::string_view visible, std::string_view in_flight, std::string_view delayed) {
    return fmt::format(R"({{"Attributes":{{"ApproximateNumberOfMessages":"{}",)"
                       R"("ApproximateNumberOfMessagesNotVisible":"{}","ApproximateNumberOfMessagesDelayed":"{}"}}}})",
                       visible, in_flight, delayed);
  }

  std::unique_ptr<Source> sqs(Settings more = {}) {
    more.values.emplace("queue-url", text(server.url("/123456789012/jobs")));
    more.values.emplace("region", text("eu-west-1"));
    more.values.emplace("access-key-id", text("AK"));
    more.values.emplace("secret-access-key", text(kSecret));
    return make("sqs", more);
  }

  bool down = false;
  std::map<std::string, std::string> queues = {{"jobs", counts("5", "30", "200")}};
  test::RawServer server{loop, [this](const test::RawRequest& request) { return answer(request); }};
};

TEST_F(Sqs, AddsUpWhatShallCount) {
  struct Case {
    Settings settings;
    double value;
  };
  for (const Case& c : std::initializer_list<Case>{
           {settings({}), 35},
           {settings({{"scale-on-in-flight", false}}), 5},
           {settings({{"scale-on-delayed", true}}), 235},
           {settings({{"scale-on-in-flight", false}, {"scale-on-delayed", true}}), 205},
       }) {
    EXPECT_EQ(number(collect(*sqs(c.settings))), c.value);
  }
}

TEST_F(Sqs, FollowsAQueueOverOneConnection) {
  const auto source = sqs();
  EXPECT_EQ(number(collect(*source)), 35);
  queues["jobs"] = counts("9007199254740991", "0", "0");
  EXPECT_EQ(number(collect(*source)), 9007199254740991.0);
  queues["jobs"] = counts("0", "0", "0");
  EXPECT_EQ(number(collect(*source)), 0);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Sqs, SignsForEndpointsAndSessions) {
  Settings given = settings({{"queue-url", text("https://sqs.us-west-2.amazonaws.com/1/größe-$APP_NAME")},
                             {"endpoint", text(server.url("/"))},
                             {"region", text("")},
                             {"session-token", text("t0ken")}});
  queues["größe-worker"] = counts("1", "0", "0");
  EXPECT_EQ(number(collect(*sqs(given))), 1);
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].header("x-amz-security-token"), "t0ken");
  EXPECT_EQ(part_behind(server.requests()[0].header("authorization"), "SignedHeaders="),
            "content-type;host;x-amz-date;x-amz-security-token;x-amz-target");
  EXPECT_TRUE(server.requests()[0].header("authorization").contains("/us-west-2/sqs/aws4_request"));
}

TEST_F(Sqs, WhatIsNotThereAndWhoMayNot) {
  const Settings nowhere = settings({{"queue-url", text(server.url("/1/nope"))}, {"empty-value", 0.0}});
  expect_error(collect(*sqs(nowhere)), ErrorKind::kNotFound,
               "/1/nope answered HTTP 400: QueueDoesNotExist: The specified queue does not exist.; check queue-url");
  const auto denied = collect(*sqs(settings({{"secret-access-key", text("s3cret-wrong")}})));
  expect_error(denied, ErrorKind::kUnauthorized, "InvalidSignatureException", "s3cret-wrong");
}

TEST_F(Sqs, ComesBackAfterAnOutage) {
  const auto source = sqs();
  EXPECT_EQ(number(collect(*source)), 35);
  down = true;
  expect_error(collect(*source), ErrorKind::kUnavailable, "127.0.0.1");
  down = false;
  EXPECT_EQ(number(collect(*source)), 35);
}

TEST_F(Sqs, AKeptConnectionThatDiedCostsNoTick) {
  int calls = 0;
  const test::RawServer flaky(loop, [&](const test::RawRequest&) {
    if (++calls == 2) return test::RawReply{.bytes = "", .then = test::RawReply::Then::kReset};
    return test::http_reply(200, counts("3", "0", "0"));
  });
  const auto source = sqs(settings({{"queue-url", text(flaky.url("/1/jobs"))}}));
  EXPECT_EQ(number(collect(*source)), 3);
  EXPECT_EQ(number(collect(*source)), 3);
  EXPECT_EQ(calls, 3);
}

TEST_F(Sqs, TheDeadlineEndsACall) {
  const test::RawServer silent(
      loop, [](const test::RawRequest&) { return test::RawReply{.bytes = "", .then = test::RawReply::Then::kHang}; });
  const auto source = sqs(settings({{"queue-url", text(silent.url("/1/jobs"))}}));
  expect_error(collect(*source, "worker", std::chrono::milliseconds(200)), ErrorKind::kTimeout, "127.0.0.1");
}

TEST(SqsReply, Counts) {
  struct Case {
    std::string body;
    std::string_view error;  // empty: 1, 2 and 3
  };
  for (const Case& c : std::initializer_list<Case>{
           {R"({"Attributes":{"ApproximateNumberOfMessages":"1","ApproximateNumberOfMessagesNotVisible":2,
                "ApproximateNumberOfMessagesDelayed":"3"}})",
            ""},
           {"", "the reply is not SQS' JSON: an empty reply; check queue-url and endpoint"},
           {"<xml/>", "the reply is not SQS' JSON: \"<xml/>\"; check queue-url and endpoint"},
           {R"({"Attributes":[]})", "the reply lacks a count: \"{\"Attributes\":[]}\""},
           {R"({"Attributes":{"ApproximateNumberOfMessages":"NaN"}})",
            "the reply lacks a count: \"{\"Attributes\":{\"ApproximateNumberOfMessages\":\"NaN\"}}\""},
       }) {
    const auto counts = read_sqs_counts(c.body);
    ASSERT_EQ(counts ? "" : counts.error().message, c.error);
    if (counts) {
      EXPECT_EQ(counts->visible + 10 * counts->in_flight + 100 * counts->delayed, 321);
    }
  }
  EXPECT_FALSE(read_sqs_counts(std::string(100'000, '[')));
}

TEST(SqsReply, Errors) {
  EXPECT_EQ(read_sqs_error(error_reply("OverLimit", "too many")).type, "OverLimit");
  EXPECT_EQ(read_sqs_error(R"({"__type":"AccessDenied","Message":"no"})").message, "no");
  EXPECT_EQ(read_sqs_error("<xml>").type, "");
  EXPECT_EQ(sqs_error_kind("QueueDoesNotExist", 400), ErrorKind::kNotFound);
  EXPECT_EQ(sqs_error_kind("AccessDeniedException", 400), ErrorKind::kUnauthorized);
  EXPECT_EQ(sqs_error_kind("ThrottlingException", 400), ErrorKind::kRateLimited);
  EXPECT_EQ(sqs_error_kind("ValidationException", 400), ErrorKind::kInvalid);
  EXPECT_EQ(sqs_error_kind("", 503), ErrorKind::kUnavailable);
}

// The environment's variables, put back at the end.
class Variables {
 public:
  explicit Variables(const std::map<std::string, std::string>& values) {
    for (const char* name :
         {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"}) {
      const char* before = std::getenv(name);
      before_.emplace_back(name, before == nullptr ? std::optional<std::string>() : before);
      unsetenv(name);
    }
    for (const auto& [name, value] : values) setenv(name.c_str(), value.c_str(), 1);
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;
  ~Variables() {
    for (const auto& [name, value] : before_) {
      value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str());
    }
  }

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

TEST_F(Sqs, CredentialsAndRegionOfTheEnvironment) {
  const Settings url = settings({{"queue-url", text(server.url("/1/jobs"))}});
  {
    const Variables none({});
    EXPECT_THROW(make("sqs", url), std::runtime_error);
    Settings keys = url;
    keys.values.emplace("access-key-id", text("AK"));
    keys.values.emplace("secret-access-key", text(kSecret));
    EXPECT_THROW(make("sqs", keys), std::runtime_error) << "no region";
  }
  const Variables some({{"AWS_ACCESS_KEY_ID", "AK"},
                        {"AWS_SECRET_ACCESS_KEY", kSecret},
                        {"AWS_SESSION_TOKEN", "of-the-environment"},
                        {"AWS_REGION", "eu-central-1"}});
  EXPECT_EQ(number(collect(*make("sqs", url))), 35);
  EXPECT_TRUE(server.requests()[0].header("authorization").contains("/eu-central-1/sqs/"));
  EXPECT_EQ(server.requests()[0].header("x-amz-security-token"), "of-the-environment");
  EXPECT_EQ(number(collect(*sqs())), 35);
  EXPECT_EQ(server.requests()[1].header("x-amz-security-token"), "") << "not the token of other keys";
}

TEST(SqsSettings, Validation) {
  struct Case {
    Settings settings;
    std::string_view error;
  };
  const auto url = text("https://sqs.eu-west-1.amazonaws.com/1/jobs");
  constexpr std::string_view kTogether = "sqs access-key-id and secret-access-key go together";
  for (const Case& c : std::initializer_list<Case>{
           {settings({}), "sqs queue-url required"},
           {settings({{"queue-url", url}}), ""},
           {settings({{"queue-url", text("jobs")}}),
            "sqs queue-url must begin with http:// or https://, as in http://prometheus.internal:9090; as in "
            "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"},
           {settings({{"queue-url", url}, {"access-key-id", text("a")}}), kTogether},
           {settings({{"queue-url", url}, {"secret-access-key", text("s")}}), kTogether},
           {settings({{"queue-url", url}, {"session-token", text("s")}}),
            "sqs session-token needs access-key-id and secret-access-key"},
           {settings({{"queue-url", url}, {"endpoint", text("http://")}}), "sqs endpoint has no host"},
       }) {
    const Result<void> valid = validate(*find_source_kind("sqs"), c.settings);
    EXPECT_EQ(valid ? "" : valid.error().message, c.error);
  }
}

}  // namespace
}  // namespace fas::metrics
