// Temporal's own development server, as its command-line program brings it, for one test suite: its own port and file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {

class TemporalDevServer {
 public:
  // In the user's cache folder, where scripts/setup-temporal puts it.
  static bool installed();

  // Answers once the constructor returns. Throws std::runtime_error with its output when it does not start.
  TemporalDevServer();

  std::string address() const;  // "127.0.0.1:PORT"; the namespace is default

  // By gRPC, through the same program. Nobody works on them.
  void start_workflow(const std::string& type, const std::string& task_queue, const std::string& id) const;
  void terminate_workflow(const std::string& id) const;

  void restart();  // on the same port, with the same file

 private:
  void start();
  bool run(std::vector<std::string> arguments) const;  // whether the program says that all went well

  TempDir folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
