#include "metrics/http_call.h"

#include <gtest/gtest.h>

#include "metrics/address.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

TEST(OneLine, Table) {
  struct Case {
    std::string_view name, text, line;
    std::size_t limit = 100;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"empty", "", ""},
           {"plain", "not found", "not found"},
           {"trimmed", "\n a \t", "a"},
           {"line breaks", "a\r\n\nb", "a b"},
           {"unicode", "zürich \xf0\x9f\x9a\x80", "zürich \xf0\x9f\x9a\x80"},
           {"broken UTF-8", "a\xff\xc3 \x80 b", "a?? ? b"},
           {"half a character", "a\xf0\x9f\x9a", "a???"},
           {"cut", "0123456789abcdef", "0123456789...", 10},
           {"just fits", "0123456789", "0123456789", 10},
           {"cut behind a character", "012345678ürich", "012345678ü...", 10},
       }) {
    EXPECT_EQ(one_line(c.text, c.limit), c.line) << c.name;
  }
}

TEST(Excerpt, QuotesAndCuts) {
  EXPECT_EQ(excerpt(" \n"), "an empty reply");
  EXPECT_EQ(excerpt("<html>"), "\"<html>\"");
  EXPECT_EQ(excerpt(std::string(100'000, '[')), "\"" + std::string(120, '[') + "...\"");
}

TEST(HttpAuth, HeadersAndBasic) {
  struct Case {
    std::string_view name;
    Settings settings;
    std::string_view authorization, basic;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"none", {}, "", ""},
           {"bearer", settings({{"token", text("abc\n")}}), "Bearer abc", ""},
           {"Fly's", settings({{"token", text("FlyV1 fm2_x,fm2_y")}}), "FlyV1 fm2_x,fm2_y", ""},
           {"basic", settings({{"user", text("u")}, {"password", text("p:w")}}), "", "u:p:w"},
           {"user alone", settings({{"user", text("u")}}), "", "u:"},
       }) {
    net::HttpRequest request;
    HttpAuth(c.settings).apply(request);
    EXPECT_EQ(request.headers.empty() ? "" : request.headers.front().second, c.authorization) << c.name;
    EXPECT_EQ(request.basic_auth, c.basic) << c.name;
  }
}

TEST(HttpAuth, ScrubsWhatAReplyEchoes) {
  const HttpAuth auth(
      settings({{"token", text("t0ken-secret")}, {"headers", TextMap{{"X-Api-Key", "key-secret"}, {"A", "1"}}}}));
  EXPECT_EQ(auth.scrub("bad token t0ken-secret, key-secret, t0ken-secret; 1"), "bad token ***, ***, ***; 1");
}

TEST(ReadError, UnknownOutcomesOfAReadAreFailures) {
  const TimePoint deadline{std::chrono::seconds(10)};
  const auto kind = [&](ErrorKind given, int second) {
    return as_read_error(Error{.kind = given, .message = "x"}, TimePoint(std::chrono::seconds(second)), deadline).kind;
  };
  EXPECT_EQ(kind(ErrorKind::kUnknownOutcome, 9), ErrorKind::kUnavailable);
  EXPECT_EQ(kind(ErrorKind::kUnknownOutcome, 10), ErrorKind::kTimeout);
  EXPECT_EQ(kind(ErrorKind::kMalformed, 10), ErrorKind::kMalformed);
}

TEST(StatusError, Table) {
  struct Case {
    int status;
    ErrorKind kind;
    std::string_view message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {301, ErrorKind::kInvalid,
            "http://h/ answered HTTP 301: why; redirects are not followed, use the address it points to"},
           {400, ErrorKind::kInvalid, "http://h/ answered HTTP 400: why"},
           {401, ErrorKind::kUnauthorized,
            "http://h/ answered HTTP 401: why; check the token, user and password, and what they may read"},
           {404, ErrorKind::kNotFound, "http://h/ answered HTTP 404: why; check the address"},
           {429, ErrorKind::kRateLimited, "http://h/ answered HTTP 429: why; ask less often"},
           {503, ErrorKind::kUnavailable, "http://h/ answered HTTP 503: why"},
       }) {
    const Error error = status_error(test::reply(c.status, "", {{"retry-after", "7"}}), "http://h/", "why");
    EXPECT_EQ(error.kind, c.kind) << c.status;
    EXPECT_EQ(error.message, c.message);
    EXPECT_EQ(error.http_status, c.status);
    EXPECT_EQ(error.retry_after, std::chrono::seconds(7));
  }
  for (const std::string_view odd : {"", "soon", "-1", "99999999999999", "7s"}) {
    EXPECT_FALSE(status_error(test::reply(429, "", {{"retry-after", std::string(odd)}}), "h", "").retry_after) << odd;
  }
}

TEST(Address, PathsAndQueries) {
  EXPECT_EQ(append_path("http://h:1", "/api"), "http://h:1/api");
  EXPECT_EQ(append_path("http://h/", "/api"), "http://h/api");
  EXPECT_EQ(append_path("https://u:p@h/prometheus/org//", "/api"), "https://u:p@h/prometheus/org/api");
  EXPECT_EQ(append_path("http://h/p?tenant=a#x", "/api"), "http://h/p/api?tenant=a");
  EXPECT_EQ(append_path("http://[::1]:9/", "/api"), "http://[::1]:9/api");
  EXPECT_EQ(append_query("http://h/a", "q=1"), "http://h/a?q=1");
  EXPECT_EQ(append_query("http://h/a?t=1", "q=1"), "http://h/a?t=1&q=1");
  EXPECT_EQ(append_query("http://h/a?", "q=1"), "http://h/a?q=1");
}

}  // namespace
}  // namespace fas::metrics
