#include "metrics/redis_redirect.h"

#include <charconv>
#include <cstddef>

#include "base/text.h"

namespace fas::metrics {
namespace {

constexpr std::uint16_t kSlots = 16384;

std::optional<std::uint16_t> whole_number(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::uint16_t redis_slot(std::string_view key) {
  const std::size_t open = key.find('{');
  const std::size_t close = open == std::string_view::npos ? open : key.find('}', open + 1);
  if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  std::uint32_t crc = 0;  // CRC-16/XMODEM
  for (const char c : key) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 8U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1U) ^ ((crc & 0x8000U) != 0 ? 0x1021U : 0U);
    crc &= 0xFFFFU;
  }
  return static_cast<std::uint16_t>(crc % kSlots);
}

std::string_view key_of(const RedisCommand& command) {
  const std::string name = command.empty() ? "" : to_lower_ascii(command.front());
  const bool has_subcommand = name == "xinfo" || name == "object" || name == "memory";
  const std::size_t at = has_subcommand ? 2 : 1;
  return at < command.size() ? std::string_view(command[at]) : std::string_view();
}

std::optional<RedisRedirection> parse_redirection(std::string_view error) {
  RedisRedirection redirection;
  redirection.ask = error.starts_with("ASK ");
  if (!redirection.ask && !error.starts_with("MOVED ")) return std::nullopt;
  error.remove_prefix(error.find(' ') + 1);
  const std::size_t space = error.find(' ');
  const std::size_t colon = error.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) return std::nullopt;
  const std::optional<std::uint16_t> slot = whole_number(error.substr(0, space));
  const std::optional<std::uint16_t> port = whole_number(error.substr(colon + 1));
  if (!slot || *slot >= kSlots || !port || *port == 0) return std::nullopt;
  redirection.slot = *slot;
  redirection.port = *port;
  redirection.host = error.substr(space + 1, colon - space - 1);
  if (redirection.host == "?") redirection.host.clear();
  return redirection;
}

}  // namespace fas::metrics
