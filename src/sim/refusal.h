// Why the simulated API refuses a call: the status and message of its reply.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace fas::sim {

struct Refusal {
  int status = 500;
  std::string message;
  int retry_after = 0;  // seconds; 0: none is sent
};

template <class T>
using Outcome = std::expected<T, Refusal>;

inline std::unexpected<Refusal> refuse(int status, std::string message) {
  return std::unexpected(Refusal{.status = status, .message = std::move(message)});
}

}  // namespace fas::sim
