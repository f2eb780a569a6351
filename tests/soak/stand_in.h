// Servers of our own for the kinds that no package serves: HTTP, SQS, GitHub, Temporal and Kafka. Each is a process of
// its own, so that what it uses is not counted as ours, and can be stopped and killed like any other.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {

// The child: serves until SIGTERM, and tells of itself in lines on stdout. Every answer is 7. SIGUSR1 has it refuse
// everybody, or no longer; SIGUSR2 has it drop all connections and stop listening, or listen again at the same place.
int serve_stand_in(std::string_view kind);

class StandIn {
 public:
  // `kind`: http, sqs, github, temporal or kafka. Throws std::runtime_error when it does not start.
  explicit StandIn(const std::string& kind);

  const std::string& address() const { return address_; }  // "127.0.0.1:PORT"
  void toggle_refusing();
  void toggle_down();
  Process& process() { return *process_; }

 private:
  void wait_for_line();

  TempDir folder_;
  std::string address_;
  long lines_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
