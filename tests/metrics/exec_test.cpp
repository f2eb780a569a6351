// The source exec with real programs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "tests/metrics/real_source.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::metrics {
namespace {

using TextList = std::vector<std::string>;

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

// Not even as a zombie.
bool is_gone(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

class Exec : public RealSourceTest {
 protected:
  std::unique_ptr<Source> exec(TextList command, Settings more = {}) {
    more.values.emplace("command", std::move(command));
    return make("exec", more);
  }
  std::unique_ptr<Source> shell(const std::string& script, Settings more = {}) {
    return exec({"/bin/sh", "-c", script, "sh"}, std::move(more));
  }
  double value(const std::string& script, Settings more = {}) {
    return number(collect(*shell(script, std::move(more))));
  }
  // The numbers that a program has written to this file, one a line.
  std::vector<pid_t> pids() const {
    std::vector<pid_t> result;
    const std::string written = test::read_file(folder.file("pids"));
    for (const char* at = written.data(); at < written.data() + written.size();) {
      pid_t pid = 0;
      const auto [end, error] = std::from_chars(at, written.data() + written.size(), pid);
      if (error != std::errc{}) break;
      result.push_back(pid);
      at = end + 1;
    }
    return result;
  }

  test::TempDir folder;
};

TEST_F(Exec, ReadsANumber) {
  struct Case {
    std::string_view script;
    double value;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"echo 42", 42},
           {"printf 1.5e3", 1500},
           {"printf '\\n -7 \\n\\n'", -7},
           {"echo 0", 0},
           {"echo 9007199254740993", 9007199254740993.0},
           {"echo noise >&2; echo 3", 3},
           {"(sleep 0.05; echo 8)", 8},
       }) {
    EXPECT_EQ(value(std::string(c.script)), c.value) << c.script;
  }
  EXPECT_EQ(number(collect(*exec({"echo", "17"}))), 17) << "found in PATH";
}

TEST_F(Exec, ReadsJson) {
  const auto of = [&](const std::string& script, std::string pointer) {
    return collect(*shell(script, settings({{"value", text(std::move(pointer))}})));
  };
  EXPECT_EQ(number(of(R"(echo '{"queues":{"worker":{"depth":12}}}')", "/queues/$APP_NAME/depth")), 12);
  EXPECT_EQ(number(of("echo 7", "")), 7);
  expect_error(of("echo '{}'", "/a"), ErrorKind::kNotFound, "exec /bin/sh: printed nothing, or null, at /a");
  expect_error(of("echo '{'", "/a"), ErrorKind::kMalformed, "not JSON");
  expect_error(of(R"(echo '{"a":[]}')", "/a"), ErrorKind::kMalformed, "value /a: the value is an array");
}

TEST_F(Exec, NoValue) {
  for (const std::string script : {"true", "echo", "echo NaN"}) {
    EXPECT_EQ(collect(*shell(script)).error().kind, ErrorKind::kNotFound) << script;
    EXPECT_EQ(value(script, settings({{"empty-value", 5.0}})), 5) << script;
  }
  expect_error(collect(*shell("true")), ErrorKind::kNotFound, "exec /bin/sh: it printed nothing");
}

TEST_F(Exec, Errors) {
  struct Case {
    std::string_view script;
    ErrorKind kind;
    std::string_view message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"echo 1; exit 3", ErrorKind::kUnavailable,
            "exec /bin/sh: ended with status 3, and wrote nothing to stderr"},
           {"echo 1; echo first >&2; echo second >&2; exit 1", ErrorKind::kUnavailable,
            "exec /bin/sh: ended with status 1: first"},
           {"kill -9 $$", ErrorKind::kUnavailable, "exec /bin/sh: was ended by signal 9, and wrote nothing to stderr"},
           {"echo many", ErrorKind::kMalformed,
            "exec /bin/sh: printed no number: \"many\"; for JSON set value, a JSON pointer"},
           {"echo 1 2", ErrorKind::kMalformed, "exec /bin/sh: printed no number: \"1 2\""},
           {"yes", ErrorKind::kMalformed, "exec /bin/sh: was killed: it wrote more than 1048576 bytes"},
           {"yes >&2 & echo x; exit 4", ErrorKind::kUnavailable, "exec /bin/sh: ended with status 4"},
           {"head -c 100000 /dev/zero | tr '\\0' e >&2; exit 1", ErrorKind::kUnavailable, "eeee..."},
       }) {
    expect_error(collect(*shell(std::string(c.script), settings({{"empty-value", 0.0}}))), c.kind, c.message);
  }
  expect_error(collect(*exec({"/nowhere/depth"})), ErrorKind::kInvalid,
               "exec /nowhere/depth: cannot be started: No such file or directory");
  expect_error(collect(*exec({"no-such-program-here"})), ErrorKind::kInvalid, "No such file or directory");
  expect_error(collect(*exec({folder.write("script", "echo 1")})), ErrorKind::kInvalid, "Permission denied");
}

TEST_F(Exec, ArgumentsAreNotLookedAtByAShell) {
  EXPECT_EQ(number(collect(*exec({"/bin/sh", "-c", "echo ${#1}", "sh", "a  b;$(x)'\"*"}))), 12);
  EXPECT_EQ(number(collect(*exec({"/bin/sh", "-c", "[ \"$1\" = größe-worker ] && echo 1", "sh", "größe-$APP_NAME"}))),
            1);
}

TEST_F(Exec, TheEnvironmentIsClean) {
  setenv("FAS_API_TOKEN", "s3cret", 1);
  const Settings env = settings({{"env", TextMap{{"QUEUE", "of-$APP_NAME"}, {"HOME", "/elsewhere"}}}});
  EXPECT_EQ(value(R"([ -z "$FAS_API_TOKEN$USER$LANG" ] && [ -n "$PATH" ] && echo 1)"), 1);
  EXPECT_EQ(value(R"([ "$QUEUE:$HOME" = of-worker:/elsewhere ] && echo 1)", env), 1);
  EXPECT_EQ(number(collect(*exec({"/bin/sh", "-c", "env | wc -l"}, settings({{"env", TextMap{{"A", "1"}}}})))),
            3 + (getenv("HOME") != nullptr ? 1 : 0))
      << "A, PATH, HOME, and PWD of the shell's own";
  unsetenv("FAS_API_TOKEN");
  const Settings secret = settings({{"env", TextMap{{"TOKEN", "s3cret-value"}}}});
  expect_error(collect(*shell("echo \"bad token $TOKEN\" >&2; exit 1", secret)), ErrorKind::kUnavailable,
               "bad token ***");
}

TEST_F(Exec, FolderStdinSignalsAndDescriptors) {
  EXPECT_EQ(value("[ \"$(pwd)\" = / ] && echo 1"), 1);
  EXPECT_EQ(value("cat | wc -c"), 0);
  const int leak = open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  EXPECT_EQ(value("ls /proc/self/fd | wc -l"), 4) << "three, and that of the folder which ls reads";
  close(leak);
  signal(SIGPIPE, SIG_IGN);  // as in the program
  expect_error(collect(*shell("kill -PIPE $$; echo 1")), ErrorKind::kUnavailable, "signal 13");
  signal(SIGPIPE, SIG_DFL);
}

TEST_F(Exec, TheDeadlineKillsTheWholeGroup) {
  const std::string file = folder.file("pids");
  const auto source = shell("echo $$ >> " + file + "; sleep 1000 & echo $! >> " + file + "; echo ready; wait");
  expect_error(collect(*source, "worker", std::chrono::milliseconds(500)), ErrorKind::kTimeout,
               "exec /bin/sh: did not end by the deadline, and was killed");
  const std::vector<pid_t> started = pids();
  ASSERT_EQ(started.size(), 2U);
  EXPECT_TRUE(is_gone(started[0]));
  // The shell's child is not ours to wait for; whoever inherits it may take a moment.
  const TimePoint end = clock.now() + std::chrono::seconds(10);
  const auto ended = [&] { return test::read_file("/proc/" + std::to_string(started[1]) + "/cmdline").empty(); };
  while (!ended() && clock.now() < end) test::run(loop, pause());
  EXPECT_TRUE(ended());
}

TEST_F(Exec, WhatItLeavesBehindIsKilledAndKeepsNobodyWaiting) {
  const std::string file = folder.file("pids");
  EXPECT_EQ(value("sleep 1000 & echo $! >> " + file + "; echo 6"), 6);
  const std::vector<pid_t> started = pids();
  ASSERT_EQ(started.size(), 1U);
  const TimePoint end = clock.now() + std::chrono::seconds(10);
  const auto ended = [&] { return test::read_file("/proc/" + std::to_string(started[0]) + "/cmdline").empty(); };
  while (!ended() && clock.now() < end) test::run(loop, pause());
  EXPECT_TRUE(ended());
  if (!test::has_program("setsid")) return;
  // One that has left the group keeps the pipe open.
  EXPECT_EQ(value("setsid sleep 2 & echo 6"), 6);
}

TEST_F(Exec, LeavesNoDescriptorAndNoZombie) {
  const std::string file = folder.file("pids");
  const auto good = shell("echo $$ >> " + file + "; echo 1");
  const auto slow = shell("echo $$ >> " + file + "; sleep 1000");
  EXPECT_EQ(number(collect(*good)), 1);
  const std::ptrdiff_t before = open_descriptors();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(number(collect(*good)), 1);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(collect(*slow, "worker", std::chrono::milliseconds(50)));
  EXPECT_FALSE(collect(*exec({"/nowhere"})));
  EXPECT_EQ(open_descriptors(), before);
  for (const pid_t pid : pids()) EXPECT_TRUE(is_gone(pid)) << pid;
}

TEST_F(Exec, CancellingEndsTheProgram) {
  const auto source = shell("echo $$ >> " + folder.file("pids") + "; sleep 1000");
  boost::asio::cancellation_signal cancel;
  bool done = false;
  Query query{.app = "worker"};
  boost::asio::co_spawn(loop, source->collect(std::move(query), clock.now() + std::chrono::seconds(30)),
                        boost::asio::bind_cancellation_slot(
                            cancel.slot(), [&](const std::exception_ptr&, const Result<Sample>&) { done = true; }));
  const TimePoint end = clock.now() + std::chrono::seconds(10);
  while (pids().empty() && clock.now() < end) test::run(loop, pause());
  cancel.emit(boost::asio::cancellation_type::terminal);
  while (!done && clock.now() < end) test::run(loop, pause());
  EXPECT_TRUE(done);
  ASSERT_EQ(pids().size(), 1U);
  EXPECT_TRUE(is_gone(pids()[0]));
}

TEST_F(Exec, ManyAtOnce) {
  const auto counted = exec({"/bin/sh", "-c", "echo ${#1}", "sh", "$APP_NAME"});
  std::vector<Result<Sample>> results;
  for (std::size_t length = 1; length <= 10; ++length) {
    Query query{.app = std::string(length, 'x')};
    boost::asio::co_spawn(
        loop, counted->collect(std::move(query), clock.now() + std::chrono::seconds(20)),
        [&](const std::exception_ptr&, Result<Sample> sample) { results.push_back(std::move(sample)); });
  }
  const TimePoint end = clock.now() + std::chrono::seconds(20);
  while (results.size() < 10 && clock.now() < end) test::run(loop, pause());
  double sum = 0;
  for (const auto& result : results) sum += number(result);
  EXPECT_EQ(sum, 55);
}

TEST(ExecSettings, Validation) {
  struct Case {
    Settings settings;
    std::string_view error;
  };
  const TextList command = {"true"};
  for (const Case& c : std::initializer_list<Case>{
           {settings({}), "exec command required"},
           {settings({{"command", TextList{}}}), "exec command required, as in [\"/usr/local/bin/depth\", \"jobs\"]"},
           {settings({{"command", TextList{""}}}), "exec command required, as in [\"/usr/local/bin/depth\", \"jobs\"]"},
           {settings({{"command", TextList{std::string("a\0b", 3)}}}), "exec command has a null byte in it"},
           {settings({{"command", command}, {"env", TextMap{{"A=B", "1"}}}}),
            "exec env has a name that no variable can have, or a null byte"},
           {settings({{"command", command}, {"series", true}}), "exec reads one number, so series has no meaning"},
           {settings({{"command", command}, {"max-age", Duration(1)}}),
            "exec runs a program, for which max-age has no meaning"},
           {settings({{"command", command}, {"value", text("a")}}),
            "exec value: a JSON pointer begins with a slash, as in /data/depth"},
           {settings({{"command", command}}), ""},
       }) {
    const Result<void> valid = validate(*find_source_kind("exec"), c.settings);
    EXPECT_EQ(valid ? "" : valid.error().message, c.error);
  }
}

}  // namespace
}  // namespace fas::metrics
