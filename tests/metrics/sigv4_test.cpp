// Signatures against the examples that AWS publishes: its test suite for Signature Version 4, and the walk-through of
// IAM's ListUsers.
#include "metrics/sigv4.h"

#include <gtest/gtest.h>

namespace fas::metrics {
namespace {

constexpr std::string_view kTime = "20150830T123600Z";
const AwsCredentials kExampleKeys{.access_key_id = "AKIDEXAMPLE",
                                  .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                  .session_token = {}};

TEST(SigV4, PublishedVectors) {
  struct Case {
    std::string_view name, method, host, query, content_type, body, service, signature;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"get-vanilla", "GET", "example.amazonaws.com", "", "", "", "service",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
           {"post-vanilla", "POST", "example.amazonaws.com", "", "", "", "service",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
           {"get-vanilla-query-order-key-case", "GET", "example.amazonaws.com", "Param1=value1&Param2=value2", "", "",
            "service", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
           {"post-x-www-form-urlencoded", "POST", "example.amazonaws.com", "", "application/x-www-form-urlencoded",
            "Param1=value1", "service", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
           {"ListUsers", "GET", "iam.amazonaws.com", "Action=ListUsers&Version=2010-05-08",
            "application/x-www-form-urlencoded; charset=utf-8", "", "iam",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
       }) {
    SigV4Request request{.method = std::string(c.method),
                         .path = "/",
                         .query = std::string(c.query),
                         .headers = {{"x-amz-date", std::string(kTime)}, {"host", std::string(c.host)}},
                         .body = std::string(c.body)};
    std::string names = "host;x-amz-date";
    if (!c.content_type.empty()) {
      request.headers.emplace_back("content-type", c.content_type);
      names.insert(0, "content-type;");
    }
    EXPECT_EQ(sigv4_authorization(request, kExampleKeys, "us-east-1", c.service),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/" + std::string(c.service) +
                  "/aws4_request, SignedHeaders=" + names + ", Signature=" + std::string(c.signature))
        << c.name;
  }
}

TEST(SigV4, Time) {
  EXPECT_EQ(amz_date(WallTime(std::chrono::seconds(1'440'938'160))), kTime);
  EXPECT_EQ(amz_date(WallTime(std::chrono::milliseconds(1'440'938'160'999))), kTime);
}

}  // namespace
}  // namespace fas::metrics
