#include "backtest/report.h"

#include <fmt/format.h>
#include <cstdint>

#include <cmath>

namespace fas::backtest {

std::string number_text(double value) {
  const double size = std::abs(value);
  if (size >= 1000 || value == std::floor(value)) return fmt::format("{:.0f}", value);
  return size >= 100 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string wait_text(double seconds) {
  if (seconds < 1) return seconds == 0 ? "0s" : fmt::format("{:.0f}ms", seconds * 1000);
  if (seconds < 100) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

std::string share_text(double share) {
  const double percent = share * 100;
  if (percent > 0 && percent < 0.01) return "<0.01%";
  return percent < 10 ? fmt::format("{:.2f}%", percent) : fmt::format("{:.1f}%", percent);
}

std::string cost_text(double cost) { return fmt::format("{:.2f}", cost); }

std::string span_text(Duration span) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(span).count();
  if (minutes == 0) return fmt::format("{}s", std::chrono::duration_cast<std::chrono::seconds>(span).count());
  std::string text;
  constexpr std::int64_t kDay = 24L * 60;
  if (minutes >= kDay) text += fmt::format("{}d ", minutes / kDay);
  if (minutes / 60 % 24 != 0) text += fmt::format("{}h ", minutes / 60 % 24);
  if (minutes % 60 != 0) text += fmt::format("{}m ", minutes % 60);
  text.pop_back();
  return text;
}

}  // namespace fas::backtest
