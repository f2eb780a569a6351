#include "expr/case_mapping.h"

#include <gtest/gtest.h>

#include <cctype>

namespace fas::expr {
namespace {

// Every ASCII character at every place of texts around the width that is mapped at once.
TEST(CaseMapping, OfAsciiDoesNotDependOnThePlace) {
  Arena arena;
  for (std::size_t size = 0; size < 20; ++size) {
    for (int first = 0; first < 0x80; ++first) {
      std::string text;
      std::string upper;
      std::string lower;
      for (std::size_t i = 0; i < size; ++i) {
        const int c = (first + static_cast<int>(i)) % 0x80;
        text += static_cast<char>(c);
        upper += static_cast<char>(std::toupper(c));
        lower += static_cast<char>(std::tolower(c));
      }
      EXPECT_EQ(to_upper(text, arena), upper);
      EXPECT_EQ(to_lower(text, arena), lower);
    }
  }
}

TEST(CaseMapping, OfOtherLettersIsByCodePoint) {
  Arena arena;
  EXPECT_EQ(to_upper("straße 8 über", arena), "STRAßE 8 ÜBER");
  EXPECT_EQ(to_lower("ΑΒΓ and ЖЗ", arena), "αβγ and жз");
}

}  // namespace
}  // namespace fas::expr
