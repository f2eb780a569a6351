// Strings, encodings, JSON and times through the whole language. The expected values are what the reference gives, or
// where it has no case, what the function of Go's standard library gives that the reference calls.
#include <gtest/gtest.h>

#include "expr/display.h"
#include "expr/expr.h"

namespace fas::expr {
namespace {

Schema make_schema() {
  Schema schema;
  schema.add("unknown", Type::any());
  return schema;
}

// The value as display() shows it, or "error: ...".
std::string evaluate(const std::string& source) {
  const auto program = compile(source, make_schema());
  if (!program) return "compile error: " + program.error().message;
  Machine machine;
  machine.set_now({.seconds = 1709214310, .nanoseconds = 0, .zone = nullptr});  // 2024-02-29T13:45:10Z
  const Value slots[] = {Value::nil()};
  const auto value = machine.run(*program, slots);
  return value ? display(*value) : "error: " + value.error().message;
}

struct Row {
  const char* source;
  const char* shown;
};

class Library : public testing::TestWithParam<Row> {};

TEST_P(Library, GivesTheReferencesResult) { EXPECT_EQ(evaluate(GetParam().source), GetParam().shown); }

constexpr Row kStrings[] = {
    {R"(trim("  a b\t\n"))", R"("a b")"},
    {"trim(\"\u3000\u00a0a\u2028\")", R"("a")"},
    {R"(trim("__a__", "_"))", R"("a")"},
    {R"(trim("abcba", "ab"))", R"("c")"},
    {"trim(\"\u00e9\u00e8x\u00e9\", \"\u00e8\u00e9\")", R"("x")"},
    {R"(trimPrefix("HelloWorld", "Hello"))", R"("World")"},
    {R"(trimPrefix(" a"))", R"("a")"},
    {R"(trimSuffix("HelloWorld", "World"))", R"("Hello")"},
    {R"(trimSuffix("a "))", R"("a")"},
    {"upper(\"a\u00df\u4e16\u0149z\")", "\"A\u00df\u4e16\u0149Z\""},
    {"lower(\"\u00c0\u0130A\")", "\"\u00e0ia\""},
    {R"(split("a,b,c", ","))", R"(["a", "b", "c"])"},
    {R"(split("a,b,c", ",", 2))", R"(["a", "b,c"])"},
    {R"(split("a,b,c", ",", 0))", R"([])"},
    {R"(split("a,b,c", ",", -1))", R"(["a", "b", "c"])"},
    {"split(\"a\u4e16b\", \"\")", "[\"a\", \"\u4e16\", \"b\"]"},
    {R"(split("abc", "", 2))", R"(["a", "bc"])"},
    {R"(split("", ","))", R"([""])"},
    {R"(split("", ""))", R"([])"},
    {R"(splitAfter("a,b,c", ","))", R"(["a,", "b,", "c"])"},
    {R"(splitAfter("a,b,c", ",", 2))", R"(["a,", "b,c"])"},
    {R"(replace("Hello World", "World", "Universe"))", R"("Hello Universe")"},
    {R"(replace("aaa", "a", "b", 2))", R"("bba")"},
    {R"(replace("abc", "", "-"))", R"("-a-b-c-")"},
    {R"(replace("abc", "", "-", 2))", R"("-a-bc")"},
    {R"(replace("abc", "x", "-"))", R"("abc")"},
    {R"(repeat("Hi", 3))", R"("HiHiHi")"},
    {R"(repeat("Hi", 0))", R"("")"},
    {R"(join(["a", "b"], ", "))", R"("a, b")"},
    {R"(join(["a", "b"]))", R"("ab")"},
    {R"(join([]))", R"("")"},
    {R"(indexOf("apple pie", "pie"))", "6"},
    {R"(indexOf("apple", "x"))", "-1"},
    {R"(lastIndexOf("apple pie apple", "apple"))", "10"},
    {"indexOf(\"\u4e16x\", \"x\")", "3"},
    {R"(hasPrefix("HelloWorld", "Hello"))", "true"},
    {R"(hasSuffix("HelloWorld", "Hello"))", "false"},
    {R"(repeat("ab", -1))", "error: invalid argument for repeat (expected positive integer, got -1)"},
    {R"(repeat("ab", 600000))", "error: memory budget exceeded"},
};

constexpr Row kEncodings[] = {
    {R"(toBase64("hello"))", R"("aGVsbG8=")"},
    {R"(toBase64(""))", R"("")"},
    {R"(toBase64("ab"))", R"("YWI=")"},
    {R"(toBase64("a"))", R"("YQ==")"},
    {R"(fromBase64("aGVsbG8="))", R"("hello")"},
    {R"(fromBase64("aGVs\nbG8="))", R"("hello")"},
    {R"(fromBase64("ab=="))", R"("i")"},
    {R"(fromBase64(""))", R"("")"},
    {R"(fromBase64("aGVsbG8"))", "error: illegal base64 data at input byte 4"},
    {R"(fromBase64("aa="))", "error: illegal base64 data at input byte 3"},
    {R"(fromBase64("aa==x"))", "error: illegal base64 data at input byte 4"},
    {R"(fromBase64("-_--"))", "error: illegal base64 data at input byte 0"},
    {"bitand(12, 10)", "8"},
    {"bitor(12, 10)", "14"},
    {"bitxor(12, 10)", "6"},
    {"bitnand(12, 10)", "4"},
    {"bitnot(12)", "-13"},
    {"bitshl(1, 62)", "4611686018427387904"},
    {"bitshl(1, 64)", "0"},
    {"bitshr(-8, 1)", "-4"},
    {"bitshr(-8, 100)", "-1"},
    {"bitushr(-8, 1)", "9223372036854775804"},
    {"bitushr(-8, 64)", "0"},
    {"bitshl(1, -1)", "error: invalid operation: negative shift count -1 (type int)"},
};

constexpr Row kJson[] = {
    {R"(toJSON({"b": [1, 2.5], "a": nil}))", R"("{\n  \"a\": null,\n  \"b\": [\n    1,\n    2.5\n  ]\n}")"},
    {R"(toJSON([]))", R"("[]")"},
    {R"(toJSON({}))", R"("{}")"},
    {R"(toJSON("<a>&"))", R"("\"\\u003ca\\u003e\\u0026\"")"},
    {R"(toJSON(1e21))", R"("1e+21")"},
    {R"(toJSON(1e-7))", R"("1e-7")"},
    {R"(toJSON(duration("1s")))", R"("1000000000")"},
    {R"(toJSON(date("2024-02-29")))", R"("\"2024-02-29T00:00:00Z\"")"},
    {R"(toJSON(date("2024-02-29").Month()))", R"("2")"},
    {R"(toJSON(1 / 0))", "error: json: unsupported value: +Inf"},
    {R"(fromJSON("{\"a\": [1, true, null, \"x\"]}"))", R"({"a": [1, true, nil, "x"]})"},
    {R"(fromJSON("\"\\u00e9\\ud83d\\ude00\\ud800\""))", "\"\u00e9\U0001F600\ufffd\""},
    {R"(type(fromJSON("1")))", R"("float")"},
    {R"(fromJSON(" 1 "))", "1"},
    {R"(fromJSON("{\"a\": 1, \"a\": 2}").a)", "2"},
    {R"(fromJSON(""))", "error: unexpected end of JSON input"},
    {R"(fromJSON("[1,]"))", "error: invalid character ']' looking for beginning of value"},
    {R"(fromJSON("[1 2]"))", "error: invalid character '2' after array element"},
    {R"(fromJSON("01"))", "error: invalid character '1' after top-level value"},
    {R"(fromJSON("{a"))", "error: invalid character 'a' looking for beginning of object key string"},
    {R"(fromJSON("tru"))", "error: unexpected end of JSON input"},
};

constexpr Row kTimes[] = {
    {"now()", "2024-02-29T13:45:10Z"},
    {"now() - date(\"2024-02-29\")", "13h45m10s"},
    {"now() + duration(\"1h\") > now()", "true"},
    {"now() - duration(\"10s\")", "2024-02-29T13:45:00Z"},
    {"date(\"2024-02-29\").Year()", "2024"},
    {"date(\"2024-02-29\").Month()", "February"},
    {"int(date(\"2024-02-29\").Month()) == 2", "true"},
    {"date(\"2024-02-29\").Weekday()", "Thursday"},
    {"date(\"2024-02-29\").Weekday().String()", "\"Thursday\""},
    {"date(\"2024-02-29\").YearDay()", "60"},
    {"date(\"2024-02-29 13:45:10\").Hour()", "13"},
    {"date(\"2024-02-29T13:45:10.5Z\").Nanosecond()", "500000000"},
    {"date(\"2024-02-29T13:45:10.5Z\").UnixMilli()", "1709214310500"},
    {"date(\"2024-02-29\").AddDate(0, 1, 1).Format(\"2006-01-02\")", "\"2024-03-30\""},
    {"date(\"2024-02-29\").Add(duration(\"36h\"))", "2024-03-01T12:00:00Z"},
    {"date(\"2024-03-01\").Sub(date(\"2024-02-29\")).Hours()", "24"},
    {"date(\"2024-03-01\").After(date(\"2024-02-29\"))", "true"},
    {"date(\"2024-02-29 13:45:10\").Truncate(duration(\"1h\"))", "2024-02-29T13:00:00Z"},
    {"date(\"2024-07-01 12:00:00\").In(timezone(\"America/New_York\")).Hour()", "8"},
    {"date(\"2024-07-01\").In(timezone(\"Europe/Zurich\")).IsDST()", "true"},
    {"date(\"2024-07-01\").In(timezone(\"Europe/Zurich\")).Location().String()", "\"Europe/Zurich\""},
    {"date(\"2024-02-29 13:45:10\", \"2006-01-02 15:04:05\", \"Europe/Zurich\").Unix()", "1709210710"},
    {"date(\"2024-13-01\")", "error: invalid date 2024-13-01"},
    {"timezone(\"Nope/Nope\")", "error: unknown time zone Nope/Nope"},
    {"duration(\"1h30m\").Minutes()", "90"},
    {"duration(\"1.5s\").Milliseconds()", "1500"},
    {"duration(\"-1.5s\").Abs()", "1.5s"},
    {"duration(\"1m31s\").Round(duration(\"1m\"))", "2m0s"},
    {"duration(\"1m29s\").Truncate(duration(\"1m\"))", "1m0s"},
    {"duration(\"1h\") * 7", "7h0m0s"},
    {"duration(\"x\")", "error: time: invalid duration \"x\""},
    {"string(duration(\"1h1m1s\"))", "\"1h1m1s\""},
    {"string(date(\"2024-02-29\"))", "\"2024-02-29 00:00:00 +0000 UTC\""},
};

INSTANTIATE_TEST_SUITE_P(Strings, Library, testing::ValuesIn(kStrings));
INSTANTIATE_TEST_SUITE_P(Encodings, Library, testing::ValuesIn(kEncodings));
INSTANTIATE_TEST_SUITE_P(Json, Library, testing::ValuesIn(kJson));
INSTANTIATE_TEST_SUITE_P(Times, Library, testing::ValuesIn(kTimes));

}  // namespace
}  // namespace fas::expr
