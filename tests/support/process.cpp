#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <thread>

namespace fas::test {
namespace {

constexpr std::chrono::milliseconds kPoll{5};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// The test's environment with the changes put in, as "NAME=value".
std::vector<std::string> environment_texts(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!changes.contains(std::string(text.substr(0, text.find('='))))) result.emplace_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) result.push_back(name + "=" + value);
  }
  return result;
}

int open_for_output(const std::string& path) {
  return open(path.empty() ? "/dev/null" : path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

// Everything that the child needs, prepared before the fork: between fork and exec only async-signal-safe calls are
// allowed, since the test may have threads.
struct Launch {
  std::vector<char*> argv;
  std::vector<char*> environment;
  const char* working_directory;
  int in;
  int out;
  int err;
  int report;  // errno goes here when exec fails; closed by it else
  pid_t parent;
};

[[noreturn]] void become(const Launch& launch) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const bool orphan = getppid() != launch.parent;  // the parent died before prctl could say that it matters
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const bool prepared = !orphan && dup2(launch.in, STDIN_FILENO) >= 0 && dup2(launch.out, STDOUT_FILENO) >= 0 &&
                        dup2(launch.err, STDERR_FILENO) >= 0 &&
                        (*launch.working_directory == '\0' || chdir(launch.working_directory) == 0);
  if (prepared) execvpe(launch.argv[0], launch.argv.data(), launch.environment.data());
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(launch.report, &error, sizeof error);
  _exit(127);
}

int status_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

// 0 once exec has worked.
int exec_error(int report) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = read(report, &error, sizeof error);
  } while (count < 0 && errno == EINTR);
  return count == sizeof error ? error : 0;
}

}  // namespace

Process::Process(std::vector<std::string> argv, ProcessOptions options) {
  std::vector<std::string> environment = environment_texts(options.environment);
  std::array<int, 2> report{};
  if (pipe2(report.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const Launch launch{
      .argv = pointers(argv),
      .environment = pointers(environment),
      .working_directory = options.working_directory.c_str(),
      .in = open("/dev/null", O_RDONLY | O_CLOEXEC),
      .out = open_for_output(options.stdout_file.empty() ? options.output_file : options.stdout_file),
      .err = open_for_output(options.output_file),
      .report = report[1],
      .parent = getpid(),
  };
  pid_ = fork();
  if (pid_ == 0) become(launch);
  const int fork_error = errno;
  for (const int descriptor : {launch.in, launch.out, launch.err, report[1]}) close(descriptor);
  const int error = pid_ < 0 ? fork_error : exec_error(report[0]);
  close(report[0]);
  if (error == 0) return;
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  throw std::system_error(error, std::generic_category(), "run " + argv.front());
}

Process::~Process() { stop(); }

std::optional<int> Process::exit_status() {
  int wait_status = 0;
  if (!status_ && waitpid(pid_, &wait_status, WNOHANG) == pid_) status_ = status_of(wait_status);
  return status_;
}

bool Process::wait_until(const std::function<bool()>& ready, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!exit_status()) {
    if (ready()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return false;
}

std::optional<int> Process::wait(std::chrono::milliseconds limit) {
  wait_until([] { return false; }, limit);
  return exit_status();
}

void Process::signal(int number) {
  if (!exit_status()) kill(pid_, number);
}

int Process::stop(std::chrono::milliseconds grace) {
  signal(SIGTERM);
  if (!wait(grace)) {
    signal(SIGKILL);
    int wait_status = 0;
    if (waitpid(pid_, &wait_status, 0) == pid_) status_ = status_of(wait_status);
  }
  return status_.value_or(-1);
}

bool has_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace fas::test
