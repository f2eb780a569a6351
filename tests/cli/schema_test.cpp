#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/config.h"
#include "metrics/registry.h"
#include "tests/cli/support.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::cli {
namespace {

const std::string kSchema = FAS_SOURCE_DIR "/docs/fly-autoscaler.schema.json";
const std::string kAll = FAS_SOURCE_DIR "/tests/cli/schema/all.yml";

// What is wrong with the files, one a line.
std::string problems(const std::vector<std::string>& files) {
  const fas::test::TempDir folder;
  std::vector<std::string> argv = {"/usr/bin/python3", FAS_SOURCE_DIR "/tests/cli/schema/validate.py", kSchema};
  argv.insert(argv.end(), files.begin(), files.end());
  fas::test::Process process(std::move(argv), {.output_file = folder.file("out")});
  const auto status = process.wait();
  const std::string output = fas::test::read_file(folder.file("out"));
  return status == 0 || !output.empty() ? output : "no output";
}

TEST(Schema, TheOneInTheDocumentationIsUpToDate) {
  if (std::getenv("GOLDEN_UPDATE") != nullptr) std::ofstream(kSchema) << config::schema_text();
  EXPECT_EQ(fas::test::read_file(kSchema), config::schema_text()) << "run this test with GOLDEN_UPDATE=1";
}

TEST(Schema, AFileWithEverySourceIsValid) {
  EXPECT_EQ(problems({kAll, FAS_SOURCE_DIR "/examples/queue-workers/autoscaler/fly-autoscaler.yml"}), "");
  const std::string text = fas::test::read_file(kAll);
  for (const metrics::SourceKind& kind : metrics::source_kinds()) {
    EXPECT_TRUE(text.contains("type: \"" + std::string(kind.type) + "\"")) << kind.type;
  }
}

TEST(Schema, TheProgramTakesTheSameFile) {
  const auto environment = [](std::string_view name) {
    return name == "FAS_API_TOKEN" || name == "KEY" ? std::optional<std::string>("x") : std::nullopt;
  };
  const auto config = config::load(kAll, environment, config::Purpose::kEvaluate);
  EXPECT_TRUE(config) << config.error().message;
}

TEST(Schema, MistakesAreFound) {
  const fas::test::TempDir folder;
  for (const char* text : {
           "intervall: 15s\n",
           "concurrency: 0\n",
           "interval: 15 seconds\n",
           "stop-method: pause\n",
           "scale-up: {policies: [{type: machines, value: 4, periods: 1m}]}\n",
           "metric-collectors: [{type: redis, metric-name: a, lists: x}]\n",
           "metric-collectors: [{type: redsi, metric-name: a}]\n",
           "metric-collectors: [{type: prometheus, metric-name: a, address: x}]\n",
           "apps: [{app-name: a, interval: 15s}]\n",
       }) {
    EXPECT_NE(problems({folder.write("fas.yml", text)}), "") << text;
  }
}

}  // namespace
}  // namespace fas::cli
