// A child process of a test: a real server from a package, or our own binary.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fas::test {

struct ProcessOptions {
  std::string working_directory;                   // empty: the test's
  std::map<std::string, std::string> environment;  // on top of the test's; an empty text unsets
  std::string output_file;                         // stdout and stderr; empty: /dev/null
  std::string stdout_file;                         // stdout alone, in place of `output_file`
};

// Started by the constructor, stopped at the latest by the destructor; it dies with the test program, too, however that
// ends. It is only ever signalled by its own id.
class Process {
 public:
  // Throws std::system_error when the program cannot be run.
  explicit Process(std::vector<std::string> argv, ProcessOptions options = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }

  // nullopt while it runs; then its exit status, or 128 and the signal's number.
  std::optional<int> exit_status();

  // Asks `ready` every few milliseconds; false when the process has ended or the time is over.
  bool wait_until(const std::function<bool()>& ready, std::chrono::milliseconds limit = std::chrono::seconds(30));

  // The exit status once it has ended by itself; nullopt when the time is over first.
  std::optional<int> wait(std::chrono::milliseconds limit = std::chrono::seconds(30));

  void signal(int number);

  // SIGTERM, and SIGKILL after the grace. Returns the exit status.
  int stop(std::chrono::milliseconds grace = std::chrono::seconds(5));

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// A TCP port of 127.0.0.1 that nobody listens on at this moment. Somebody else may take it before the caller does:
// start the server again with another one when it ends at once.
std::uint16_t free_port();

// Does something accept connections there?
bool port_accepts(std::uint16_t port);

// The status of a plain HTTP GET on 127.0.0.1, nullopt when there is no reply within a second. `body`, where given,
// becomes the reply's body.
std::optional<int> http_get(std::uint16_t port, const std::string& path, std::string* body = nullptr);

// Whether an executable of that name is in PATH, for a test to skip where a package is missing.
bool has_program(const std::string& name);

// The whole file as text; empty when it cannot be read.
std::string read_file(const std::string& path);

}  // namespace fas::test
