#include "metrics/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostErrors = 4096;
constexpr int kKillPatienceMs = 100;
constexpr int kMostPieces = 64;  // together as much as a pipe can be made to hold

std::unexpected<Error> system_failure(ErrorKind kind, std::string_view what, int error) {
  return fail(kind, fmt::format("{}: {}", what, std::generic_category().message(error)));
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure(ErrorKind::kUnavailable, "pipe", errno);
  Pipe pipe{.read = Descriptor(ends[0]), .write = Descriptor(ends[1])};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // ours alone: the other end is another file
  return pipe;
}

class SpawnSettings {
 public:
  SpawnSettings(int out, int err) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawn_file_actions_addchdir_np(&actions_, "/");
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);  // this process ignores SIGPIPE, which a program would inherit
    posix_spawnattr_setsigdefault(&attributes_, &signals);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

Result<pid_t> spawn(ProgramCall& call, int out, int err) {
  const SpawnSettings settings(out, err);
  const std::vector<char*> argv = pointers(call.argv);
  const std::vector<char*> environment = pointers(call.environment);
  pid_t pid = -1;
  const int error =
      ::posix_spawnp(&pid, argv[0], settings.actions(), settings.attributes(), argv.data(), environment.data());
  if (error == 0) return pid;
  const bool ours = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
  return system_failure(ours ? ErrorKind::kUnavailable : ErrorKind::kInvalid, "cannot be started", error);
}

}  // namespace

// One that runs. It is not waited for before its group has been killed: until then nobody else can get its id.
class Program {
 public:
  Program(ProgramRunner& runner, pid_t pid)
      : runner_(runner), pid_(pid), out_(runner.loop_), err_(runner.loop_), end_(runner.loop_) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (pid_ < 0) return;
    kill_group();
    if (!reap(kKillPatienceMs)) runner_.leave(pid_);
  }

  bool watch(Descriptor out, Descriptor err) {
    Descriptor end(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    return take(out_, out) && take(err_, err) && take(end_, end);
  }

  // Returns when it has ended, and all that it has written is read. By then its group is gone.
  asio::awaitable<void> wait() {
    using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
    co_await (pump(out_, output_, ProgramRunner::kMostOutput, true) && pump(err_, errors_, kMostErrors, false) &&
              wait_end());
  }

  bool has_ended() const { return pid_ < 0; }
  bool wrote_too_much() const { return too_much_; }

  ProgramResult take_result() {
    ProgramResult result{.exit_code = 0, .signal = 0, .output = std::move(output_), .first_errors = std::move(errors_)};
    (status_.si_code == CLD_EXITED ? result.exit_code : result.signal) = status_.si_status;
    return result;
  }

 private:
  using Stream = asio::posix::stream_descriptor;

  static bool take(Stream& stream, Descriptor& descriptor) {
    boost::system::error_code error;
    if (descriptor.get() < 0) return false;
    stream.assign(descriptor.get(), error);
    if (!error) descriptor.release();
    return !error;
  }

  // false at the end of the stream. In pieces, so that one who writes without end does not keep the loop.
  bool read_ready(Stream& stream, std::string& text, std::size_t limit, bool is_output) {
    std::array<char, 16384> buffer{};
    for (int piece = 0; piece < kMostPieces; ++piece) {
      const ssize_t count = ::read(stream.native_handle(), buffer.data(), buffer.size());
      if (count < 0) return errno == EAGAIN || errno == EINTR;
      if (count == 0) return false;
      const std::size_t taken = std::min(static_cast<std::size_t>(count), limit - text.size());
      text.append(buffer.data(), taken);
      if (is_output && taken < static_cast<std::size_t>(count)) {
        too_much_ = true;
        kill_group();
        return false;
      }
    }
    return true;
  }

  // Until the stream ends, or the program.
  asio::awaitable<void> pump(Stream& stream, std::string& text, std::size_t limit, bool is_output) {
    for (;;) {
      const auto [error] = co_await stream.async_wait(Stream::wait_read, asio::as_tuple(asio::use_awaitable));
      if (error || pid_ < 0) co_return;
      if (!read_ready(stream, text, limit, is_output)) co_return;
    }
  }

  asio::awaitable<void> wait_end() {
    const auto [error] = co_await end_.async_wait(Stream::wait_read, asio::as_tuple(asio::use_awaitable));
    if (error) co_return;  // cancelled; the destructor does the rest
    kill_group();
    reap(0);
    // What it wrote is in the pipes, which a process that has left the group might keep open for ever.
    read_ready(out_, output_, ProgramRunner::kMostOutput, true);
    read_ready(err_, errors_, kMostErrors, false);
    out_.cancel();
    err_.cancel();
  }

  void kill_group() const {
    if (pid_ > 0) ::kill(-pid_, SIGKILL);
  }

  // false when it has not ended within the time.
  bool reap(int patience_ms) {
    pollfd end{.fd = end_.native_handle(), .events = POLLIN, .revents = 0};
    if (end_.is_open()) ::poll(&end, 1, patience_ms);
    const int options = end_.is_open() ? WEXITED | WNOHANG : WEXITED;
    status_.si_pid = 0;
    if (::waitid(P_PID, static_cast<id_t>(pid_), &status_, options) != 0) {
      status_.si_code = CLD_EXITED;  // somebody else has waited for it
      status_.si_status = -1;
    } else if (status_.si_pid == 0) {
      return false;
    }
    pid_ = -1;
    return true;
  }

  ProgramRunner& runner_;
  pid_t pid_;
  Stream out_;
  Stream err_;
  Stream end_;  // a pidfd, readable when it has ended
  std::string output_;
  std::string errors_;
  bool too_much_ = false;
  siginfo_t status_{};
};

asio::awaitable<Result<ProgramResult>> ProgramRunner::run(ProgramCall call, Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  reap_leftovers();
  if (clock_.now() >= deadline) co_return fail(ErrorKind::kTimeout, "the deadline had passed already");
  Result<Pipe> out = make_pipe();
  if (!out) co_return std::unexpected(std::move(out.error()));
  Result<Pipe> err = make_pipe();
  if (!err) co_return std::unexpected(std::move(err.error()));
  const Result<pid_t> pid = spawn(call, out->write.get(), err->write.get());
  if (!pid) co_return std::unexpected(pid.error());
  Program program(*this, *pid);
  out->write = Descriptor();
  err->write = Descriptor();
  if (!program.watch(std::move(out->read), std::move(err->read))) {
    co_return fail(ErrorKind::kUnavailable, "cannot be watched: no descriptor left, or a kernel older than 5.3");
  }
  const auto first = co_await (program.wait() || clock_.sleep_until(deadline));
  if (first.index() == 1) co_return fail(ErrorKind::kTimeout, "did not end by the deadline, and was killed");
  if (program.wrote_too_much()) {
    co_return fail(ErrorKind::kMalformed,
                   fmt::format("was killed: it wrote more than {} bytes; one number is wanted", kMostOutput));
  }
  if (!program.has_ended()) co_return fail(ErrorKind::kCancelled, "was killed, as nobody waits for it any more");
  co_return program.take_result();
}

void ProgramRunner::reap_leftovers() {
  std::erase_if(leftovers_, [](pid_t pid) {
    siginfo_t status{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &status, WEXITED | WNOHANG) != 0 || status.si_pid == pid;
  });
}

}  // namespace fas::metrics
