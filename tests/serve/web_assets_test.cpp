#include "serve/web_assets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace fas::serve {
namespace {

TEST(WebAssets, AreSortedAndFound) {
  const auto all = web_assets();
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &WebAsset::path));
  for (const WebAsset& asset : all) {
    EXPECT_EQ(find_web_asset(asset.path), &asset);
    EXPECT_FALSE(asset.body.empty()) << asset.path;
    EXPECT_TRUE(asset.etag.starts_with('"') && asset.etag.ends_with('"')) << asset.etag;
  }
}

TEST(WebAssets, NothingElseIsFound) {
  for (const char* path : {"", "/index.html", "/assets", "/assets/", "//", "/../", "/assets/../", "/ASSETS/app.js"}) {
    EXPECT_EQ(find_web_asset(path), nullptr) << path;
  }
}

TEST(WebAssets, ThePageNamesOnlyWhatIsThere) {
  const WebAsset* page = find_web_asset("/");
  if (page == nullptr) GTEST_SKIP() << "built without the dashboard (FAS_WEB=OFF)";
  EXPECT_FALSE(page->immutable);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  int named = 0;
  for (std::size_t at = page->body.find("\"assets/"); at != std::string_view::npos;
       at = page->body.find("\"assets/", at + 1)) {
    const std::string path = "/" + std::string(page->body.substr(at + 1, page->body.find('"', at + 1) - at - 1));
    const WebAsset* asset = find_web_asset(path);
    ASSERT_NE(asset, nullptr) << path;
    EXPECT_TRUE(asset->immutable) << path;
    EXPECT_TRUE(asset->gzip.starts_with("\x1f\x8b")) << path;
    ++named;
  }
  EXPECT_EQ(named, 3);  // script, style, icon
  // The policy of its reply forbids both.
  EXPECT_EQ(page->body.find("<style"), std::string_view::npos);
  EXPECT_EQ(page->body.find("style="), std::string_view::npos);
}

// The view that pays for every byte: a phone's first one, compressed.
TEST(WebAssets, AreSmall) {
  std::size_t total = 0;
  for (const WebAsset& asset : web_assets()) total += asset.gzip.empty() ? asset.body.size() : asset.gzip.size();
  EXPECT_LT(total, 80'000U);
}

}  // namespace
}  // namespace fas::serve
