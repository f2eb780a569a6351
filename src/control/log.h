// JSON log lines on stderr in the Go program's form: {"level":"INFO","msg":"machine started","app":"x","id":"..."},
// without a time (the platform adds one). One line is one write, so that lines of several processes do not mix.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace fas::control {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

using LogField = std::pair<std::string_view, nlohmann::ordered_json>;
using LogFields = std::initializer_list<LogField>;

// Lines below this level are not written. The default is kInfo.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);

void log(LogLevel level, std::string_view message, LogFields fields = {});
inline void log_debug(std::string_view message, LogFields fields = {}) { log(LogLevel::kDebug, message, fields); }
inline void log_info(std::string_view message, LogFields fields = {}) { log(LogLevel::kInfo, message, fields); }
inline void log_warn(std::string_view message, LogFields fields = {}) { log(LogLevel::kWarn, message, fields); }
inline void log_error(std::string_view message, LogFields fields = {}) { log(LogLevel::kError, message, fields); }

// Where lines go instead of stderr, for tests; null for stderr. Called with a whole line, without its newline.
using LogSink = void (*)(std::string_view line, void* context);
void set_log_sink(LogSink sink, void* context);

}  // namespace fas::control
