#include "serve/web_assets.h"

#include <algorithm>

namespace fas::serve {

// web_assets() itself is generated with the files: see cmake/EmbedWeb.cmake.
const WebAsset* find_web_asset(std::string_view path) {
  const std::span<const WebAsset> all = web_assets();
  const auto found = std::ranges::lower_bound(all, path, {}, &WebAsset::path);
  return found != all.end() && found->path == path ? &*found : nullptr;
}

}  // namespace fas::serve
