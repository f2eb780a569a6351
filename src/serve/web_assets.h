// The dashboard's files, embedded in the program: looked up by the path of a request.
#pragma once

#include <span>
#include <string_view>

namespace fas::serve {

// All views live as long as the program.
struct WebAsset {
  std::string_view path;          // as requested: "/" or "/assets/app-5f2a90c1.js"
  std::string_view content_type;  // with its charset where it is text
  std::string_view body;
  std::string_view gzip;  // the body compressed; empty where that is not worth it
  std::string_view etag;  // with its quotes
  bool immutable;         // the name holds a hash of the content: a browser may keep it for ever
};

// nullptr when there is none by that path; the path has to be exact, so that nothing outside the list can be reached.
const WebAsset* find_web_asset(std::string_view path);

// Sorted by path. Empty when the program was built without the dashboard (FAS_WEB=OFF).
std::span<const WebAsset> web_assets();

}  // namespace fas::serve
