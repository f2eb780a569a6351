// docs/configuration.md names every key and variable that the program knows.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "config/behavior_keys.h"
#include "config/keys.h"
#include "metrics/registry.h"

namespace fas::config {
namespace {

std::string page() {
  std::ifstream file(std::string(FAS_SOURCE_DIR) + "/docs/configuration.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool is_named(const std::string& text, std::string_view name) {
  return text.find("`" + std::string(name) + "`") != std::string::npos;
}

TEST(Documentation, NamesEveryKey) {
  const std::string text = page();
  ASSERT_FALSE(text.empty());
  for (const KeyName& key : top_level_keys()) {
    EXPECT_TRUE(is_named(text, key.name)) << key.name;
    EXPECT_TRUE(key.env.empty() || is_named(text, key.env)) << key.env;
  }
  for (const std::string_view key : behavior_key_names()) EXPECT_TRUE(is_named(text, key)) << key;
  for (const metrics::Field& field : metrics::common_fields()) EXPECT_TRUE(is_named(text, field.key)) << field.key;
  for (const metrics::SourceKind& kind : metrics::source_kinds()) EXPECT_TRUE(is_named(text, kind.type)) << kind.type;
}

}  // namespace
}  // namespace fas::config
