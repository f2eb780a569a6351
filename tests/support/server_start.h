// How tests start a real server, whichever it is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

#include "tests/support/process.h"

namespace fas::test {

// Calls `start`, which takes free ports and throws std::runtime_error when its server does not come up on them, up to
// three times: somebody else may have taken a port in between.
template <class Start>
void start_on_free_ports(Start start) {
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    try {
      return start();
    } catch (const std::runtime_error&) {
      if (attempt == kAttempts) throw;
    }
  }
}

// The end of a server's log, for the message when it does not start.
inline std::string tail(const std::string& path) {
  constexpr std::size_t kMost = 1000;
  const std::string log = read_file(path);
  return log.substr(log.size() - std::min(log.size(), kMost));
}

}  // namespace fas::test
