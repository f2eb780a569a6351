#include "expr/schema.h"

#include <bit>

namespace fas::expr {
namespace {

std::uint32_t hash_name(std::string_view name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash ^ (hash >> 15);
}

}  // namespace

std::uint32_t Schema::add(std::string_view name, Type type) {
  if (const auto slot = find(name)) {
    fields_[*slot].type = type;
    return *slot;
  }
  fields_.push_back({std::string(name), type});
  index();
  return static_cast<std::uint32_t>(fields_.size() - 1);
}

std::uint32_t Schema::add_record(std::string_view name, Schema fields) {
  records_.push_back(std::make_shared<const Schema>(std::move(fields)));
  return add(name, Type::record(records_.back().get()));
}

std::optional<std::uint32_t> Schema::find(std::string_view name) const {
  if (buckets_.empty()) return std::nullopt;
  const std::size_t mask = buckets_.size() - 1;
  for (std::size_t at = hash_name(name) & mask;; at = (at + 1) & mask) {
    if (buckets_[at] == 0) return std::nullopt;
    if (fields_[buckets_[at] - 1].name == name) return buckets_[at] - 1;
  }
}

void Schema::index() {
  const auto place = [this](std::size_t slot) {
    const std::size_t mask = buckets_.size() - 1;
    std::size_t at = hash_name(fields_[slot].name) & mask;
    while (buckets_[at] != 0) at = (at + 1) & mask;
    buckets_[at] = static_cast<std::uint32_t>(slot + 1);
  };
  if (fields_.size() * 2 < buckets_.size()) return place(fields_.size() - 1);
  buckets_.assign(std::bit_ceil(fields_.size() * 4), 0);
  for (std::size_t slot = 0; slot < fields_.size(); ++slot) place(slot);
}

}  // namespace fas::expr
