// Texts for people, held against tests/cli/golden/. GOLDEN_UPDATE=1 writes the files anew, to be read before they are
// committed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace fas::cli {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(FAS_SOURCE_DIR) + "/tests/cli/golden/" + name + ".txt";
  if (std::getenv("GOLDEN_UPDATE") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::ostringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str()) << name;
}

}  // namespace fas::cli
