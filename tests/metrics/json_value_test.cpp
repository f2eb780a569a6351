#include "metrics/json_value.h"

#include <gtest/gtest.h>

namespace fas::metrics {
namespace {

Result<std::optional<double>> at(std::string_view pointer, std::string_view text) {
  const auto tokens = parse_json_pointer(pointer);
  if (!tokens) return std::unexpected(tokens.error());
  return read_json_number(text, *tokens);
}

TEST(JsonPointer, Tokens) {
  EXPECT_EQ(parse_json_pointer(""), std::vector<std::string>{});
  EXPECT_EQ(parse_json_pointer("/"), std::vector<std::string>{""});
  EXPECT_EQ(parse_json_pointer("/a/0//b c"), (std::vector<std::string>{"a", "0", "", "b c"}));
  EXPECT_EQ(parse_json_pointer("/a~1b/~0/~01"), (std::vector<std::string>{"a/b", "~", "~1"}));
  for (const std::string_view wrong : {"a", "a/b", "/~", "/~2", "/a~/b"})
    EXPECT_FALSE(parse_json_pointer(wrong)) << wrong;
}

TEST(JsonNumber, Table) {
  constexpr std::string_view kReply = R"({
    "depth": 7, "text": " 42.5 ", "yes": true, "no": false, "nothing": null, "big": 12345678901234567890123,
    "negative": -3, "exponent": 1.5e3, "": 9, "a/b": 10, "~": 11, "zürich": 12, "0": 13, "nan": "NaN",
    "other": {"depth": 100, "queues": [1, 2]},
    "data": {"before": [{"depth": 50}], "queues": [{"depth": 1}, [[], {}, 5], {"depth": 3, "n": [4, [6]]}], "depth": 60},
    "twice": 1, "twice": 2, "changes": {"a": 1}, "changes": 8
  })";
  struct Case {
    std::string_view pointer;
    std::optional<double> value;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"/depth", 7},
           {"/text", 42.5},
           {"/yes", 1},
           {"/no", 0},
           {"/nothing", std::nullopt},
           {"/big", 12345678901234567890123.0},
           {"/negative", -3},
           {"/exponent", 1500},
           {"/", 9},
           {"/a~1b", 10},
           {"/~0", 11},
           {"/zürich", 12},
           {"/0", 13},
           {"/other/depth", 100},
           {"/other/queues/1", 2},
           {"/data/depth", 60},
           {"/data/queues/0/depth", 1},
           {"/data/queues/1/2", 5},
           {"/data/queues/2/depth", 3},
           {"/data/queues/2/n/0", 4},
           {"/data/queues/2/n/1/0", 6},
           {"/data/before/0/depth", 50},
           {"/twice", 2},
           {"/changes", 8},
           {"/absent", std::nullopt},
           {"/data/queues/9/depth", std::nullopt},
           {"/data/queues/00/depth", std::nullopt},
           {"/data/queues/-/depth", std::nullopt},
           {"/data/queues/-1", std::nullopt},
           {"/data/queues/depth", std::nullopt},
           {"/depth/deeper", std::nullopt},
           {"/text/0", std::nullopt},
       }) {
    const auto value = at(c.pointer, kReply);
    ASSERT_TRUE(value) << c.pointer << ": " << value.error().message;
    EXPECT_EQ(*value, c.value) << c.pointer;
  }
}

TEST(JsonNumber, TheWholeDocument) {
  EXPECT_EQ(*at("", "5"), 5.0);
  EXPECT_EQ(*at("", " \"5\" "), 5.0);
  EXPECT_EQ(*at("", "null"), std::nullopt);
  EXPECT_EQ(*at("/1", "[4,5]"), 5.0);
}

TEST(JsonNumber, Errors) {
  struct Case {
    std::string name, pointer, text, message;  // the message's beginning
  };
  const std::vector<Case> cases = {
      {"object", "/a", R"({"a":{"b":1}})", "the value is an object"},
      {"array", "/a", R"({"a":[1]})", "the value is an array"},
      {"whole document is an object", "", "{}", "the value is an object"},
      {"words", "/a", R"({"a":"many"})", "the value is a text that is no number"},
      {"empty text", "/a", R"({"a":""})", "the value is a text that is no number"},
      {"empty", "/a", "", "the reply is not JSON (syntax error at byte 1): an empty reply"},
      {"HTML", "/a", "<html>", "the reply is not JSON (syntax error at byte 1): \"<html>\""},
      {"truncated behind the value", "/a", R"({"a":1,"b":[)", "the reply is not JSON (syntax error"},
      {"two documents", "/a", R"({"a":1}{"a":2})", "the reply is not JSON (syntax error"},
      {"out of range", "/a", R"({"a":1e999})", "the reply is not JSON (a number out of range"},
      {"brackets", "/0/0/0", std::string(100'000, '['), "the reply is not JSON (syntax error"},
      {"braces", "/a", std::string(100'000, '{'), "the reply is not JSON (syntax error"},
      {"broken UTF-8", "/a", "{\"a\":\"\xff\"}", "the reply is not JSON (syntax error"},
  };
  for (const Case& c : cases) {
    const auto value = at(c.pointer, c.text);
    ASSERT_FALSE(value) << c.name;
    EXPECT_EQ(value.error().kind, ErrorKind::kMalformed) << c.name;
    EXPECT_EQ(value.error().message.find(c.message), 0U) << c.name << ": " << value.error().message;
    EXPECT_LT(value.error().message.size(), 300U) << c.name;
  }
}

}  // namespace
}  // namespace fas::metrics
