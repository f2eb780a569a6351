#include "expr/map.h"

#include <gtest/gtest.h>

#include <string>

#include "expr/arena.h"

namespace fas::expr {
namespace {

// Keys of every length are compared in words of several widths; a difference may be in any byte.
TEST(Map, TellsTextsApartByAnyByte) {
  for (std::size_t size = 0; size <= 24; ++size) {
    const std::string text(size, 'a');
    const std::string twin(size, 'a');
    EXPECT_TRUE(same_text(text.data(), twin.data(), size)) << size;
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = 'b';
      EXPECT_FALSE(same_text(text.data(), other.data(), size)) << size << " at " << at;
    }
  }
}

TEST(Map, FindsAmongFewAndMany) {
  for (const int count : {0, 1, 8, 9, 10, 500}) {
    Arena arena;
    MapBuilder builder(arena);
    for (int i = 0; i < count; ++i) builder.set(arena.copy("key" + std::to_string(i)), Value::integer(i));
    if (count > 0) builder.set("key0", Value::integer(-1));  // the later value counts, the place stays
    const Value made = builder.finish();
    const Map& map = made.as_map();
    ASSERT_EQ(map.size(), static_cast<std::uint32_t>(count));
    for (int i = 0; i < count; ++i) {
      const Value* found = map.find("key" + std::to_string(i));
      ASSERT_NE(found, nullptr) << i;
      EXPECT_EQ(found->as_int(), i == 0 ? -1 : i);
    }
    EXPECT_EQ(map.find("key"), nullptr);
    EXPECT_EQ(map.find(""), nullptr);
  }
}

}  // namespace
}  // namespace fas::expr
