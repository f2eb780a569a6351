// What the program asks of Fly's GraphQL API: which apps an organisation has, and whether a release is in progress.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fas::fly {

struct App {
  std::string name;
  std::string status;
};

class Platform {
 public:
  Platform() = default;
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;
  virtual ~Platform() = default;

  // All apps of the organisation by its slug, read in pages of 200. kNotFound for an unknown organisation.
  virtual boost::asio::awaitable<Result<std::vector<App>>> apps(std::string org_slug, Deadline deadline) = 0;

  // Is the app's current release still running? false where the app has no release. kNotFound for an unknown app.
  virtual boost::asio::awaitable<Result<bool>> release_in_progress(std::string app, Deadline deadline) = 0;
};

}  // namespace fas::fly
