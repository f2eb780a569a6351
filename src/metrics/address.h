// Addresses of the servers that metrics come from.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace fas::metrics {

// Can this be asked over HTTP? kInvalid when it is no http:// or https:// URL with a host; `key` names the field.
Result<void> check_http_url(std::string_view key, std::string_view url);

// `base` with `path` (which starts with a slash) behind its own path, before its query.
std::string append_path(std::string_view base, std::string_view path);

// `url` with "name=value&..." behind its query.
std::string append_query(std::string_view url, std::string_view parameters);

}  // namespace fas::metrics
