// Programs run to their end, on the event loop: no shell, no thread, nothing left behind.
#pragma once

#include <sys/types.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fas::metrics {

struct ProgramCall {
  std::vector<std::string> argv;         // at least one; a name without a slash is looked for in this process' PATH
  std::vector<std::string> environment;  // "NAME=value", and nothing besides
};

struct ProgramResult {
  int exit_code = 0;
  int signal = 0;            // that ended it; 0: none
  std::string output;        // stdout
  std::string first_errors;  // the beginning of stderr
};

// On the loop's thread; any number of programs may run at once.
class ProgramRunner {
 public:
  static constexpr std::size_t kMostOutput = 1U << 20U;

  ProgramRunner(boost::asio::io_context& loop, Clock& clock) : loop_(loop), clock_(clock) {}
  ProgramRunner(const ProgramRunner&) = delete;
  ProgramRunner& operator=(const ProgramRunner&) = delete;
  ~ProgramRunner() { reap_leftovers(); }

  // Runs it in `/`, in a process group of its own, with nothing on stdin and no descriptor of ours. When it has ended,
  // at the deadline and when the caller is cancelled, all that is left of the group is killed. Errors: kInvalid when it
  // cannot be started, kTimeout, kMalformed for more than kMostOutput bytes of output.
  boost::asio::awaitable<Result<ProgramResult>> run(ProgramCall call, Deadline deadline);

 private:
  friend class Program;

  // A process that SIGKILL did not end at once (it waits in the kernel, for a dead disk perhaps): for the next call to
  // ask after.
  void leave(pid_t pid) { leftovers_.push_back(pid); }
  void reap_leftovers();

  boost::asio::io_context& loop_;
  Clock& clock_;
  std::vector<pid_t> leftovers_;
};

}  // namespace fas::metrics
