#include "scale/slot.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace fas::scale {
namespace {

constexpr std::size_t kLongestGroup = 30;

std::uint32_t fnv1a(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

bool fits(std::string_view group) {
  return !group.empty() && group.size() <= kLongestGroup && std::ranges::all_of(group, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string prefix_of(std::string_view group) {
  return fits(group) ? fmt::format("fas-{}-", group) : fmt::format("fas-{:08x}-", fnv1a(group));
}

}  // namespace

std::string slot_name(std::string_view process_group, int slot) {
  return fmt::format("{}{}", prefix_of(process_group), slot);
}

std::optional<int> slot_of(std::string_view name, std::string_view process_group) {
  if (!name.starts_with("fas-")) return std::nullopt;
  const std::string prefix = prefix_of(process_group);
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  int slot = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), slot);
  if (error != std::errc{} || end != name.data() + name.size() || slot < 0) return std::nullopt;
  return slot;
}

}  // namespace fas::scale
