#include "cli/expr_prompt.h"

#include <editline/readline.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/text.h"

namespace fas::cli {
namespace {

constexpr int kHistoryLines = 1'000;

// The library calls back without a context.
const ExprSession* completing = nullptr;

char* next_completion(const char* text, int state) {
  static std::vector<std::string> found;
  if (state == 0) found = completing->complete(text);
  const auto index = static_cast<std::size_t>(state);
  return index < found.size() ? ::strdup(found[index].c_str()) : nullptr;
}

char** complete_word(const char* text, int, int) { return rl_completion_matches(text, next_completion); }

// The XDG folder for what a program remembers; empty without a home.
std::filesystem::path history_file() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') {
    return std::filesystem::path(state) / "fly-autoscaler" / "expr_history";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return std::filesystem::path(home) / ".local" / "state" / "fly-autoscaler" / "expr_history";
}

// The file is a convenience: without it the prompt works as well.
void save_history(const std::filesystem::path& file) {
  if (file.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  write_history(file.c_str());
}

}  // namespace

void run_prompt(ExprSession& session) {
  completing = &session;
  const auto file = history_file();
  rl_initialize();
  rl_attempted_completion_function = complete_word;
  rl_completion_append_character = '\0';
  using_history();
  stifle_history(kHistoryLines);
  if (!file.empty()) read_history(file.c_str());
  for (;;) {
    const std::unique_ptr<char, decltype(&std::free)> line(readline("expr> "), &std::free);
    if (line == nullptr || trim(line.get()) == ":quit") break;
    if (!trim(line.get()).empty()) add_history(line.get());
    session.handle(line.get());
  }
  save_history(file);
  completing = nullptr;
}

bool run_lines(ExprSession& session, std::istream& in) {
  bool ok = true;
  for (std::string line; std::getline(in, line);) {
    if (trim(line) == ":quit") break;
    ok = session.handle(line) && ok;
  }
  return ok;
}

}  // namespace fas::cli
