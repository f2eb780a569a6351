// Every source's page names every key and variable of it.
#include <gtest/gtest.h>

#include "metrics/registry.h"
#include "tests/support/process.h"

namespace fas::metrics {
namespace {

TEST(Documentation, PagesNameEveryKey) {
  for (const SourceKind& kind : source_kinds()) {
    const std::string page =
        test::read_file(std::string(FAS_SOURCE_DIR) + "/docs/sources/" + std::string(kind.type) + ".md");
    EXPECT_FALSE(page.empty()) << kind.type;
    for (const Field& field : kind.fields) {
      EXPECT_TRUE(page.contains("`" + std::string(field.key) + "`")) << kind.type << " " << field.key;
    }
  }
}

}  // namespace
}  // namespace fas::metrics
