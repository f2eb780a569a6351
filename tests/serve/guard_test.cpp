#include "serve/guard.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace fas::serve {
namespace {

using Headers = std::map<std::string, std::string, std::less<>>;

net::ServerRequest request_of(const Headers& headers) {
  net::ServerRequest request;
  request.header = [&headers](std::string_view name) -> std::string_view {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : found->second;
  };
  return request;
}

int status(const Headers& headers, const std::string& token) {
  const auto refusal = refuse(request_of(headers), token);
  return refusal ? refusal->status : 200;
}

TEST(Guard, WhoMayChangeSomething) {
  const std::string token = "correct horse battery staple";
  const std::string right = "Bearer " + token;
  struct Case {
    const char* name;
    Headers headers;
    std::string token;
    int status;
  };
  const Case cases[] = {
      {"with the token", {{"Authorization", right}}, token, 200},
      {"from our own page",
       {{"Authorization", right}, {"Host", "a:1"}, {"Origin", "http://a:1"}, {"Sec-Fetch-Site", "same-origin"}},
       token,
       200},
      {"typed into the address bar", {{"Authorization", right}, {"Sec-Fetch-Site", "none"}}, token, 200},
      {"without", {}, token, 401},
      {"a wrong one", {{"Authorization", "Bearer correct horse"}}, token, 401},
      {"one that goes on", {{"Authorization", right + "r"}}, token, 401},
      {"an empty one", {{"Authorization", "Bearer "}}, token, 401},
      {"another scheme", {{"Authorization", "Basic " + token}}, token, 401},
      {"none is configured", {{"Authorization", right}}, "", 403},
      {"none is configured, and an empty one comes", {{"Authorization", "Bearer "}}, "", 403},
      {"from another site", {{"Authorization", right}, {"Host", "a:1"}, {"Origin", "http://evil"}}, token, 403},
      {"from another port", {{"Authorization", right}, {"Host", "a:1"}, {"Origin", "http://a:2"}}, token, 403},
      {"from a sandboxed frame", {{"Authorization", right}, {"Host", "a:1"}, {"Origin", "null"}}, token, 403},
      {"so the browser says", {{"Authorization", right}, {"Sec-Fetch-Site", "cross-site"}}, token, 403},
      {"from a sibling domain", {{"Authorization", right}, {"Sec-Fetch-Site", "same-site"}}, token, 403},
  };
  for (const Case& test : cases) EXPECT_EQ(status(test.headers, test.token), test.status) << test.name;
}

TEST(Guard, WhoMayWakeAnApp) {
  const std::string tick = "a token for the queue";
  const std::string admin = "correct horse battery staple";
  struct Case {
    const char* name;
    Headers headers;
    std::string tick, admin;
    int status;
  };
  const Case cases[] = {
      {"with the tick-token", {{"Authorization", "Bearer " + tick}}, tick, admin, 200},
      {"with the admin-token", {{"Authorization", "Bearer " + admin}}, tick, admin, 200},
      {"with the admin-token, the only one", {{"Authorization", "Bearer " + admin}}, "", admin, 200},
      {"without", {}, tick, admin, 401},
      {"a wrong one", {{"Authorization", "Bearer " + tick + "s"}}, tick, admin, 401},
      {"an empty one, and no tick-token is set", {{"Authorization", "Bearer "}}, "", admin, 401},
      {"an empty one, and no admin-token is set", {{"Authorization", "Bearer "}}, tick, "", 401},
      {"none is set", {{"Authorization", "Bearer "}}, "", "", 403},
      {"from another site",
       {{"Authorization", "Bearer " + tick}, {"Host", "a:1"}, {"Origin", "http://evil"}},
       tick,
       admin,
       403},
  };
  for (const Case& test : cases) {
    const auto refusal = refuse_wake(request_of(test.headers), test.tick, test.admin);
    EXPECT_EQ(refusal ? refusal->status : 200, test.status) << test.name;
  }
}

TEST(Guard, WhoMayWakeMayDoNothingElse) {
  EXPECT_EQ(status({{"Authorization", "Bearer a token for the queue"}}, "correct horse battery staple"), 401);
}

}  // namespace
}  // namespace fas::serve
