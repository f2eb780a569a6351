#include "serve/request.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace fas::serve {
namespace {

using std::chrono::hours;

constexpr WallTime kNow{hours(24 * 365 * 50)};

TEST(Request, Spans) {
  EXPECT_EQ(parse_span("90s"), std::chrono::seconds(90));
  EXPECT_EQ(parse_span("30d"), hours(720));
  for (const char* text : {"", "d", "-1d", "1.5d", "-2h", "2", "2 h", "99999999d", "d30"}) {
    EXPECT_EQ(parse_span(text), std::nullopt) << text;
  }
}

TEST(Request, Numbers) {
  EXPECT_EQ(Query("limit=7&x=1").number("limit", 3, 1, 9), 7);
  EXPECT_EQ(Query("x=1").number("limit", 3, 1, 9), 3);
  for (const char* query : {"limit=0", "limit=10", "limit=-1", "limit=7x",
                            "limit=%37%37%37%37%37%37%37%37%37%37%37%37"
                            "%37%37%37%37%37%37%37%37%37%37%37"}) {
    EXPECT_FALSE(Query(query).number("limit", 3, 1, 9)) << query;
  }
}

TEST(Request, Times) {
  EXPECT_EQ(*Query("since=2h").time("since", kNow), kNow - hours(2));
  EXPECT_EQ(*Query("since=1970-01-01T00%3A00%3A00Z").time("since", kNow), WallTime{});
  EXPECT_EQ(*Query("").time("since", kNow), std::nullopt);
  const auto wrong = Query("since=yesterday").time("since", kNow);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("since must be a time"), std::string::npos);
}

TEST(Request, Bodies) {
  EXPECT_TRUE(read_object(""));
  EXPECT_TRUE(read_object("{}"));
  for (const char* body : {"[]", "1", "{", "null", "\"x\"", "{}x"}) EXPECT_FALSE(read_object(body)) << body;
  EXPECT_FALSE(read_object(std::string(60'000, '[')));
}

TEST(Request, Overrides) {
  struct Case {
    const char* body;
    const char* problem;  // null: it is right
  };
  for (const Case& c : {
           Case{R"({"started": 5, "for": "1h"})", nullptr},
           Case{R"({"started": {"min": 2, "max": 9}, "created": null, "for": "30d", "reason": "x"})", nullptr},
           Case{R"({"created": 1, "for": "1s"})", nullptr},
           Case{R"({"started": 5})", "\"for\" is missing"},
           Case{R"({"for": "1h"})", "a count is missing"},
           Case{R"({"started": {}, "for": "1h"})", "a count is missing"},
           Case{R"({"started": 5, "for": "31d"})", "\"for\" must be a time"},
           Case{R"({"started": 5, "for": "0s"})", "\"for\" must be a time"},
           Case{R"({"started": 5, "for": 60})", "\"for\" must be a time"},
           Case{R"({"started": -1, "for": "1h"})", "\"started\" must be a whole number"},
           Case{R"({"started": 1.5, "for": "1h"})", "\"started\" must be a whole number"},
           Case{R"({"started": 1e9, "for": "1h"})", "\"started\" must be a whole number"},
           Case{R"({"started": "5", "for": "1h"})", "\"started\" must be a whole number"},
           Case{R"({"started": {"min": 3, "max": 2}, "for": "1h"})", "min is above max"},
           Case{R"({"created": 0, "for": "1h"})", "\"created\" must be a whole number from 1"},
           Case{R"({"started": 5, "for": "1h", "reason": 1})", "\"reason\" must be a text"},
       }) {
    const Result<scale::Hand> hand = read_override(*read_object(c.body), kNow);
    EXPECT_EQ(hand.has_value(), c.problem == nullptr) << c.body;
    if (!hand) {
      EXPECT_NE(hand.error().message.find(c.problem), std::string::npos) << hand.error().message;
    } else {
      EXPECT_FALSE(hand->paused);
    }
  }
}

TEST(Request, PausesAndTheirReasonInOneLine) {
  const Result<scale::Hand> hand = read_pause(*read_object(R"({"reason": "a\nb\u0000c"})"), kNow);
  ASSERT_TRUE(hand);
  EXPECT_TRUE(hand->paused);
  EXPECT_EQ(hand->until, std::nullopt);
  EXPECT_EQ(hand->reason, "a b c");
  EXPECT_FALSE(read_pause(*read_object("{\"reason\": \"" + std::string(201, 'x') + "\"}"), kNow));
  EXPECT_EQ(read_pause(*read_object(R"({"for": "2h"})"), kNow)->until, kNow + hours(2));
}

}  // namespace
}  // namespace fas::serve
