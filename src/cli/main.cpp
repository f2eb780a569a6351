#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command_line.h"

// What jemalloc is told (https://jemalloc.net/jemalloc.3.html#opt.narenas). Nearly all is done by one thread, or by a
// few that have what they need at hand, and each further arena costs memory.
// NOLINTBEGIN(readability-identifier-naming): jemalloc's name
extern "C" const char* const malloc_conf;
extern "C" const char* const malloc_conf = "narenas:1";
// NOLINTEND(readability-identifier-naming)

int main(int argc, char** argv) {
  // A reader that goes away shows as a failed write, not as the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  // Who started us may have ignored it, and then nobody learns how a program that we start ends.
  std::signal(SIGCHLD, SIG_DFL);
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  return fas::cli::run_main(args, fas::config::process_environment(), std::cout, std::cerr);
}
