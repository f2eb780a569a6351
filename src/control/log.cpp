#include "control/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <string>

namespace fas::control {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"DEBUG", "INFO", "WARN", "ERROR"};

std::atomic<LogLevel> threshold{LogLevel::kInfo};
LogSink test_sink = nullptr;
void* test_context = nullptr;

void write_line(std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written <= 0) return;  // nobody reads the log any more; that must not stop the scaling
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

void set_log_level(LogLevel level) { threshold = level; }

bool log_enabled(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view message, LogFields fields) {
  if (!log_enabled(level)) return;
  nlohmann::ordered_json line;
  line["level"] = kLevelNames[static_cast<std::size_t>(level)];
  line["msg"] = message;
  for (const auto& [key, value] : fields) line[std::string(key)] = value;
  // Texts of other people's servers may hold anything: bytes that are not UTF-8 are replaced, not refused.
  std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (test_sink != nullptr) return test_sink(text, test_context);
  write_line(std::move(text));
}

void set_log_sink(LogSink sink, void* context) {
  test_sink = sink;
  test_context = context;
}

}  // namespace fas::control
