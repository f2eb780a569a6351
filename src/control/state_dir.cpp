#include "control/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace fas::control {
namespace {

std::unexpected<Error> unusable(const std::string& path, const std::string& call, int error) {
  std::string message = "state-dir " + path + " cannot be used: " + call + ": " + std::strerror(error);
  if (error == EACCES || error == EPERM) {
    message += "; it has to belong to the user that fly-autoscaler runs as (uid " + std::to_string(geteuid()) + ")";
  }
  return fail(ErrorKind::kUnavailable, std::move(message));
}

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return unusable(path, "mkdir " + parent.string(), error.value());
  if (mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST) return unusable(path, "mkdir", errno);
  return {};
}

std::string owner_of(int lock) {
  std::array<char, 32> text{};
  const ssize_t size = pread(lock, text.data(), text.size(), 0);
  const std::string pid(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t digits = std::min(pid.find_first_not_of("0123456789"), pid.size());
  return digits == 0 ? "unknown" : pid.substr(0, digits);
}

// For people to read only: the lock is what counts, so that a full disk does no harm here.
void write_owner(int lock) {
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(lock, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = pwrite(lock, pid.data(), pid.size(), 0);
}

}  // namespace

Result<StateDir> StateDir::take(const std::string& path) {
  std::string folder = path;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  if (Result<void> made = make_directory(folder); !made) return std::unexpected(std::move(made.error()));
  const std::string file = folder + "/lock";
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return unusable(folder, "open " + file, errno);
  StateDir taken(folder, descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error != EWOULDBLOCK) return unusable(folder, "lock " + file, error);
    return fail(ErrorKind::kConflict,
                "state-dir " + folder + " is in use by another fly-autoscaler (pid " + owner_of(descriptor) + ")");
  }
  write_owner(descriptor);
  return taken;
}

StateDir& StateDir::operator=(StateDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

StateDir::~StateDir() {
  if (lock_ >= 0) close(lock_);
}

}  // namespace fas::control
