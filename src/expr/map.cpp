#include "expr/map.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "expr/arena.h"

namespace fas::expr {
namespace {

constexpr std::uint32_t kIndexFrom = 9;  // entries; below, going through all is quicker

std::uint32_t hash_text(std::string_view text) {
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash ^ (hash >> 15);
}

// Equal values have equal hashes; as Go's map keys do, 1 and 1.0 differ.
std::uint32_t hash_value(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
    case Kind::kBytes: return hash_text(value.as_text());
    case Kind::kTime: {
      const Time& time = value.as_time();
      return static_cast<std::uint32_t>(time.seconds * 31 + time.nanoseconds);
    }
    case Kind::kFloat:
      if (value.as_float() == 0 || std::isnan(value.as_float())) return 0;  // +0 and -0 are one, and so are NaNs
      return static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(value.as_float()) * 0x9E3779B97F4A7C15U >> 32);
    case Kind::kNil:
    case Kind::kArray:
    case Kind::kMap:
    case Kind::kTimezone:
    case Kind::kFunction: return static_cast<std::uint32_t>(value.kind());
    default: {
      const auto bits = static_cast<std::uint64_t>(value.as_int()) * 0x9E3779B97F4A7C15U;
      return static_cast<std::uint32_t>(bits >> 32) + static_cast<std::uint32_t>(value.kind());
    }
  }
}

bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_string()) return Map::same_key(a, b);
  if (a.is_float() && std::isnan(a.as_float())) return std::isnan(b.as_float());  // else it could never be found
  return equal(a, b);
}

}  // namespace

Value Value::as_key() const {
  Value key = *this;
  if (is_string()) {
    // From the length, both ends and the middle: quick, and enough to tell apart the keys of one map.
    const std::string_view text = as_text();
    std::uint32_t hash = 0;
    if (!text.empty()) {
      hash = static_cast<unsigned char>(text.front()) * 31U + static_cast<unsigned char>(text.back());
      hash = hash * 31U + static_cast<unsigned char>(text[text.size() / 2]);
    }
    key.head_ &= ~(std::uint64_t{0xFFFF} << kHashShift);
    key.head_ |= std::uint64_t{hash & 0xFFFF} << kHashShift;
  }
  return key;
}

const Value* Map::find_indexed(const Value& key) const {
  if (index_ == nullptr) {
    for (const Entry& entry : entries()) {
      if (same(entry.key, key)) return &entry.value;
    }
    return nullptr;
  }
  for (std::uint32_t at = hash_value(key) & mask_;; at = (at + 1) & mask_) {
    if (index_[at] == 0) return nullptr;
    const Entry& entry = entries_[index_[at] - 1];
    if (same(entry.key, key)) return &entry.value;
  }
}

MapBuilder::MapBuilder(Arena& arena, std::uint32_t capacity, bool text_keys)
    : arena_(arena), map_(arena.make<Map>()), capacity_(std::max(capacity, 1U)) {
  map_->entries_ = arena.array<Entry>(capacity_).data();
  map_->text_keys_ = text_keys;
}

Value* MapBuilder::find(const Value& key) { return const_cast<Value*>(map_->find(key)); }

void MapBuilder::set(const Value& key, const Value& value) {
  if (Value* old = find(key)) {
    *old = value;
    return;
  }
  if (map_->size_ == capacity_) grow();
  map_->entries_[map_->size_++] = {key, value};
  if (map_->size_ < kIndexFrom) return;
  if (map_->index_ == nullptr || map_->size_ * 2 > map_->mask_) {
    index();
  } else {
    place(map_->size_ - 1);
  }
}

void MapBuilder::grow() {
  capacity_ *= 2;
  Entry* larger = arena_.array<Entry>(capacity_).data();
  std::copy_n(map_->entries_, map_->size_, larger);
  map_->entries_ = larger;
}

void MapBuilder::index() {
  const std::uint32_t buckets = std::bit_ceil(std::max(map_->size_, capacity_) * 2 + 2);
  map_->index_ = arena_.array<std::uint32_t>(buckets).data();
  std::fill_n(map_->index_, buckets, 0U);
  map_->mask_ = buckets - 1;
  for (std::uint32_t i = 0; i < map_->size_; ++i) place(i);
}

void MapBuilder::place(std::uint32_t entry) {
  std::uint32_t at = hash_value(map_->entries_[entry].key) & map_->mask_;
  while (map_->index_[at] != 0) at = (at + 1) & map_->mask_;
  map_->index_[at] = entry + 1;
}

Value MapBuilder::finish() { return Value::map(map_); }

}  // namespace fas::expr
