// `fly-autoscaler sim`: the simulator of the Fly APIs as a process.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include "base/error.h"
#include "sim/server.h"

namespace fas::cli {

struct SimSettings {
  sim::Options options;
  std::string port_file;  // the port is written there when the server listens; empty: nowhere
  bool show_help = false;
  std::string help;
};

// `args` without the program's and the command's name. Long options are taken with one dash, too.
// Errors: kInvalid for an option that is unknown or has an unusable value, kNotFound for a trace that cannot be read.
Result<SimSettings> read_sim_settings(std::span<const std::string> args);

// Runs until SIGINT or SIGTERM. Returns 0 then, 1 when it could not begin; the reason is on `err` as "ERROR: ...".
// The address is told as a line of JSON on `err`.
int run_sim(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace fas::cli
