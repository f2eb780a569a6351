// Every kind of mistake in a file, with the whole message that it leads to.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/config/support.h"

namespace fas::config {
namespace {

// What a configuration needs besides what a case is about.
constexpr std::string_view kRest = "app-name: worker\nstarted-machine-count: \"1\"\n";

struct Case {
  std::string_view name;
  std::string yaml;  // kRest goes before it
  std::string_view error;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class FileError : public testing::TestWithParam<Case> {};

TEST_P(FileError, Message) {
  const test::Variables variables = {{"TOKEN", "fm2_verysecret"}, {"MULTI", "a: b: c"}, {"BROKEN", "[x"}};
  EXPECT_EQ(test::error_of(test::load_yaml(std::string(kRest) + GetParam().yaml, variables)), GetParam().error);
}

const Case kKeys[] = {
    {"unknown key", "intervall: 15s\n", "fas.yml:3:1: unknown key \"intervall\"; did you mean \"interval\"?"},
    {"unknown key without a likely meaning", "colour: red\n", "fas.yml:3:1: unknown key \"colour\""},
    {"key twice", "interval: 15s\ninterval: 20s\n", "fas.yml:4:1: key \"interval\" is there twice; remove one"},
    {"key is a list", "? [a]\n: b\n", "fas.yml:3:3: a key must be a text, not a list"},
    {"a secret as a key", "$TOKEN: x\n", "fas.yml:3:1: unknown key \"$TOKEN\" (in the value of $TOKEN)"},
    {"several problems", "a1: 1\ninterval: x\n",
     "fas.yml:3:1: unknown key \"a1\"\n"
     "fas.yml:4:11: cannot parse interval as duration: \"x\"; write it like \"15s\" or \"1m30s\""},
    {"merge of no map", "<<: 3\n", "fas.yml:3:5: << takes a map, or a list of maps"},
};
INSTANTIATE_TEST_SUITE_P(Keys, FileError, testing::ValuesIn(kKeys));

const Case kValues[] = {
    {"duration without unit", "interval: 15\n",
     "fas.yml:3:11: cannot parse interval as duration: \"15\"; add a unit: \"15s\""},
    {"duration below 0", "timeout: -5s\n",
     "fas.yml:3:10: cannot parse timeout as duration: \"-5s\"; it must not be below 0"},
    {"duration 0", "interval: 0s\n", "fas.yml:3:11: cannot parse interval as duration: \"0s\"; it must be more than 0"},
    {"integer", "concurrency: many\n", "fas.yml:3:14: cannot parse concurrency as integer: \"many\""},
    {"integer too large", "concurrency: 99999999999999999999\n",
     "fas.yml:3:14: cannot parse concurrency as integer: \"99999999999999999999\""},
    {"integer too small", "concurrency: 0\n", "fas.yml:3:14: concurrency must be at least 1"},
    {"no thread", "threads: 0\n", "fas.yml:3:10: threads must be from 1 to 64"},
    {"more threads than cores can be", "threads: 65\n", "fas.yml:3:10: threads must be from 1 to 64"},
    {"boolean", "verbose: maybe\n", "fas.yml:3:10: cannot parse verbose as boolean: \"maybe\"; write true or false"},
    {"scalar for a list", "regions: iad\n",
     "fas.yml:3:10: regions must be a list, not a text; write it as [\"iad\", \"ord\"]"},
    {"list of maps", "regions: [{a: b}]\n", "fas.yml:3:11: regions takes texts, not a map"},
    {"list for a scalar", "interval: [15s]\n", "fas.yml:3:11: interval must be a single value, not a list"},
    {"map for a scalar", "org: {a: b}\n", "fas.yml:3:6: org must be a single value, not a map"},
    {"listen without port", "listen: localhost\n",
     "fas.yml:3:9: cannot listen on \"localhost\"; write \":9090\" or \"127.0.0.1:9090\""},
    {"listen on no port", "listen: \":99999\"\n",
     "fas.yml:3:9: cannot listen on \":99999\"; write \":9090\" or \"127.0.0.1:9090\""},
    {"a secret as a value", "interval: ${TOKEN}\n",
     "fas.yml:3:11: cannot parse interval as duration: \"$TOKEN\"; write it like \"15s\" or \"1m30s\""},
    {"a long value is cut", "interval: " + std::string(500, 'x') + "\n",
     "fas.yml:3:11: cannot parse interval as duration: "
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"; write it like \"15s\" or \"1m30s\""},
    {"places count characters", "listen: \"é\"\norg: \"ééé\"\nregions: [\"éé\", {}]\n",
     "fas.yml:3:9: cannot listen on \"é\"; write \":9090\" or \"127.0.0.1:9090\"\n"
     "fas.yml:5:17: regions takes texts, not a map"},
};
INSTANTIATE_TEST_SUITE_P(Values, FileError, testing::ValuesIn(kValues));

const Case kSyntax[] = {
    {"open quote", "org: \"x\nregions: []\n", "fas.yml:3:6: a quote that is never closed"},
    {"tab", "org: x\nregions:\n\t- a\n", "fas.yml:5:2: a tab in the indentation; use spaces"},
    {"colon", "org: a: b\n", "fas.yml:3:7: a ':' where none can be; put quotes around a text that holds one"},
    {"colon in a variable", "org: $MULTI\n",
     "fas.yml:3:6: a ':' where none can be; put quotes around a text that holds one (in the value of $MULTI)"},
    {"unclosed list", "regions: [a\n", "fas.yml:4:1: a '[' that is never closed, or a ',' missing"},
    {"unclosed map", "org: {a\n", "fas.yml:4:1: a '{' that is never closed, or a ',' missing"},
    {"alias", "org: *nope\n", "fas.yml:3:6: an alias without its anchor; put quotes around a text that begins with *"},
    {"comma", "org:\n,x: y\n", "fas.yml:4:1: a character that cannot begin a value; put quotes around the text"},
    {"second document", "---\norg: x\n", "fas.yml:4:1: a second document; only one is read, so put everything into it"},
    {"escape", "org: \"\\q\"\n", "fas.yml:3:9: unknown escape character"},
    {"NUL", "org: \"a\\0b\"\n", "fas.yml:3:6: a text must not hold a NUL"},
    {"not UTF-8", "org: \xff\n", "fas.yml:3:6: not UTF-8 text; save the file as UTF-8"},
};
INSTANTIATE_TEST_SUITE_P(Syntax, FileError, testing::ValuesIn(kSyntax));

const Case kCollectors[] = {
    {"no list", "metric-collectors: x\n",
     "fas.yml:3:20: metric-collectors must be a list, not a text; begin each collector with \"- type: ...\""},
    {"no map", "metric-collectors: [x]\n",
     "fas.yml:3:21: metric-collectors[0]: must be a map, not a text; write {type: ..., metric-name: ...}"},
    {"nothing", "metric-collectors: [{}]\n",
     "metric-collectors[0]: metric name required\nmetric-collectors[0]: type required"},
    {"invalid type", "metric-collectors: [{type: x, metric-name: m}]\n", "metric-collectors[0]: invalid type: \"x\""},
    {"misspelt type", "metric-collectors: [{type: promethus, metric-name: m}]\n",
     "metric-collectors[0]: invalid type: \"promethus\"; did you mean \"prometheus\"?"},
    {"no address", "metric-collectors: [{type: prometheus, metric-name: m, query: q}]\n",
     "metric-collectors[0]: prometheus address required"},
    {"no query", "metric-collectors: [{type: prometheus, metric-name: m, address: \"http://x\", query: ''}]\n",
     "metric-collectors[0]: prometheus query required"},
    {"unknown field",
     "metric-collectors:\n"
     "- {type: prometheus, metric-name: m, address: 'http://x', query: q}\n"
     "- type: prometheus\n  metric-name: n\n  adress: http://x\n  query: q\n",
     "fas.yml:7:3: metric-collectors[1]: unknown key \"adress\"; did you mean \"address\"?"},
    {"wrong type of a field",
     "metric-collectors: [{type: prometheus, metric-name: m, address: 'http://x', query: [q]}]\n",
     "fas.yml:3:84: metric-collectors[0]: query must be a single value, not a list"},
    {"metric name is a list",
     "metric-collectors: [{type: prometheus, metric-name: [m], address: 'http://x', query: q}]\n",
     "fas.yml:3:53: metric-collectors[0]: metric-name must be a text, not a list"},
    {"common field",
     "metric-collectors: [{type: prometheus, metric-name: m, address: 'http://x', query: q, timeout: 5}]\n",
     "fas.yml:3:96: cannot parse metric-collectors[0]: timeout as duration: \"5\"; add a unit: \"5s\""},
    {"field of an object",
     "metric-collectors: [{type: prometheus, metric-name: m, address: 'http://x', query: q, tls: {cas: x}}]\n",
     "fas.yml:3:93: metric-collectors[0]: tls: unknown key \"cas\"; did you mean \"ca\"?"},
    {"metric name twice",
     "metric-collectors:\n"
     "- {type: prometheus, metric-name: m, address: 'http://x', query: q}\n"
     "- {type: prometheus, metric-name: m, address: 'http://x', query: q}\n",
     "metric-collectors[1]: metric name \"m\" is taken by metric-collectors[0]; rename one"},
};
INSTANTIATE_TEST_SUITE_P(Collectors, FileError, testing::ValuesIn(kCollectors));

}  // namespace
}  // namespace fas::config
