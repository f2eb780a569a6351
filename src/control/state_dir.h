// The folder that outlives the process, for one process at a time.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"

namespace fas::control {

class StateDir {
 public:
  // Makes the folder where it is missing, for this user alone, and takes its lock, which ends with the process however
  // that ends. kConflict when another living process has it: the message names that one. kUnavailable when the folder
  // cannot be used.
  static Result<StateDir> take(const std::string& path);

  StateDir(StateDir&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
  StateDir& operator=(StateDir&& other) noexcept;
  ~StateDir();

  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  StateDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;  // the descriptor of the file `lock`, which holds the process's id
};

}  // namespace fas::control
