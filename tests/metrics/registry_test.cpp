#include "metrics/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

void expect_described(std::string_view kind, std::span<const Field> fields, std::set<std::string_view>& keys) {
  for (const Field& field : fields) {
    SCOPED_TRACE(std::string(kind) + " " + std::string(field.key));
    EXPECT_TRUE(keys.insert(field.key).second) << "the key is there twice";
    EXPECT_TRUE(field.doc.ends_with('.')) << field.doc;
    EXPECT_TRUE(field.choices.empty() || field.kind == FieldKind::kText);
    EXPECT_EQ(field.kind == FieldKind::kObject, !field.fields.empty());
    std::set<std::string_view> inner;
    expect_described(field.key, field.fields, inner);
  }
}

TEST(Registry, EveryKindIsDescribed) {
  std::set<std::string_view> variables;
  for (const SourceKind& kind : source_kinds()) {
    std::set<std::string_view> keys = {"type", "metric-name"};
    expect_described("common", common_fields(), keys);
    expect_described(kind.type, kind.fields, keys);
    EXPECT_TRUE(kind.doc.ends_with('.')) << kind.type;
    EXPECT_NE(kind.make, nullptr) << kind.type;
    EXPECT_EQ(find_source_kind(kind.type), &kind);
    for (const Field& field : kind.fields) {
      EXPECT_TRUE(field.env.empty() || variables.insert(field.env).second) << field.env << " is there twice";
    }
  }
}

TEST(Registry, KnowsTheEnvironmentOfTheGoProgram) {
  const SourceKind* prometheus = find_source_kind("prometheus");
  ASSERT_NE(prometheus, nullptr);
  for (const std::string_view name : {"PROMETHEUS_ADDRESS", "PROMETHEUS_QUERY", "PROMETHEUS_TOKEN"}) {
    EXPECT_NE(std::ranges::find(prometheus->fields, name, &Field::env), prometheus->fields.end()) << name;
  }
  EXPECT_EQ(find_source_kind("nope"), nullptr);
}

TEST(Settings, AccessorsAndFallbacks) {
  auto inner = std::make_shared<Settings>(settings({{"ca", text("PEM")}}));
  const Settings given = settings({{"text", text("x")},
                                   {"number", 1.5},
                                   {"integer", std::int64_t{7}},
                                   {"flag", true},
                                   {"duration", Duration(std::chrono::seconds(3))},
                                   {"list", std::vector<std::string>{"a", "b"}},
                                   {"map", TextMap{{"k", "v"}}},
                                   {"object", std::shared_ptr<const Settings>(inner)}});
  EXPECT_EQ(given.text("text"), "x");
  EXPECT_EQ(given.text("absent", "y"), "y");
  EXPECT_EQ(given.number("number", 0), 1.5);
  EXPECT_EQ(given.number("absent", 2), 2);
  EXPECT_EQ(given.integer("integer", 0), 7);
  EXPECT_TRUE(given.flag("flag"));
  EXPECT_FALSE(given.flag("absent"));
  EXPECT_EQ(given.duration("duration", Duration::zero()), std::chrono::seconds(3));
  EXPECT_EQ(given.list("list").size(), 2U);
  EXPECT_EQ(given.map("map").at("k"), "v");
  ASSERT_NE(given.object("object"), nullptr);
  EXPECT_EQ(given.object("object")->text("ca"), "PEM");
  EXPECT_EQ(given.object("absent"), nullptr);
}

TEST(Validate, Table) {
  struct Case {
    std::string_view name, type;
    Settings settings;
    std::string_view error;  // empty: valid
  };
  const auto address = text("http://localhost:9090");
  const auto url = text("http://localhost/depth");
  for (const Case& c : std::initializer_list<Case>{
           {"prometheus", "prometheus", settings({{"address", address}, {"query", text("up")}}), ""},
           {"no address", "prometheus", settings({{"query", text("up")}}), "prometheus address required"},
           {"empty address", "prometheus", settings({{"address", text("")}}), "prometheus address required"},
           {"no query", "prometheus", settings({{"address", address}}), "prometheus query required"},
           {"no scheme", "prometheus", settings({{"address", text("localhost:9090")}, {"query", text("up")}}),
            "prometheus address must begin with http:// or https://, as in http://prometheus.internal:9090"},
           {"no host", "prometheus", settings({{"address", text("http://:9090")}, {"query", text("up")}}),
            "prometheus address has no host"},
           {"blank in the address", "prometheus", settings({{"address", text("http://a b/")}, {"query", text("up")}}),
            "prometheus address has white space in it; write it percent-encoded"},
           {"token and user", "prometheus",
            settings({{"address", address}, {"query", text("up")}, {"token", text("t")}, {"user", text("u")}}),
            "token and user exclude each other; use one of them"},
           {"password alone", "prometheus",
            settings({{"address", address}, {"query", text("up")}, {"password", text("p")}}), "password needs a user"},
           {"http text", "http", settings({{"url", url}}), ""},
           {"http without url", "http", settings({}), "http url required"},
           {"http url with the app in it", "http", settings({{"url", text("http://$APP_NAME.internal/")}}), ""},
           {"json", "http", settings({{"url", url}, {"value", text("/a/0")}}), ""},
           {"json without value", "http", settings({{"url", url}, {"format", text("json")}}),
            "http value required with format json: a JSON pointer such as /data/depth"},
           {"pointer without slash", "http", settings({{"url", url}, {"value", text("a.b")}}),
            "http value: a JSON pointer begins with a slash, as in /data/depth"},
           {"pointer with a bare tilde", "http", settings({{"url", url}, {"value", text("/~a")}}),
            "http value: in a JSON pointer ~ is written ~0, and a slash within a name ~1"},
           {"text with value", "http", settings({{"url", url}, {"format", text("text")}, {"value", text("/a")}}),
            "http value needs format json"},
           {"page", "http", settings({{"url", url}, {"metric", text("depth")}}), ""},
           {"page without metric", "http", settings({{"url", url}, {"format", text("prometheus")}}),
            "http metric required with format prometheus"},
           {"page with value", "http", settings({{"url", url}, {"metric", text("depth")}, {"value", text("/a")}}),
            "http value is for JSON; with format prometheus use metric and labels"},
           {"series and aggregate", "http",
            settings({{"url", url}, {"metric", text("depth")}, {"series", true}, {"aggregate", text("sum")}}),
            "http aggregate makes one number of many; use either aggregate or series"},
           {"series of text", "http", settings({{"url", url}, {"series", true}}),
            "http series needs format prometheus"},
           {"labels of JSON", "http", settings({{"url", url}, {"value", text("/a")}, {"labels", TextMap{{"a", "b"}}}}),
            "http labels needs format prometheus"},
           {"age of JSON", "http", settings({{"url", url}, {"value", text("/a")}, {"max-age", Duration(1)}}),
            "http max-age needs format prometheus, which alone can say when a value was measured"},
       }) {
    const Result<void> valid = validate(*find_source_kind(c.type), c.settings);
    EXPECT_EQ(valid ? "" : valid.error().message, c.error) << c.name;
  }
}

}  // namespace
}  // namespace fas::metrics
