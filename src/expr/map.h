// Maps: a flat list of entries in insertion order, small and quick to search; large ones carry a hash index.
#pragma once

#include <cstring>

#include "expr/value.h"

namespace fas::expr {

struct Entry {
  Value key;  // of a map with text keys: always Value::as_key()
  Value value;
};

// memcmp() == 0, without the call for the short texts that keys are.
inline bool same_text(const char* a, const char* b, std::size_t size) {
  if (a == b) return true;
  if (size > 16) return std::memcmp(a, b, size) == 0;
  if (size >= 8) {
    std::uint64_t x[2], y[2];
    std::memcpy(&x[0], a, 8), std::memcpy(&x[1], a + size - 8, 8);
    std::memcpy(&y[0], b, 8), std::memcpy(&y[1], b + size - 8, 8);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
  if (size >= 4) {
    std::uint32_t x[2], y[2];
    std::memcpy(&x[0], a, 4), std::memcpy(&x[1], a + size - 4, 4);
    std::memcpy(&y[0], b, 4), std::memcpy(&y[1], b + size - 4, 4);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
  if (size == 0) return true;
  const std::size_t middle = size / 2;  // of three at most
  return a[0] == b[0] && a[middle] == b[middle] && a[size - 1] == b[size - 1];
}

// Immutable once built. Keys are text, except in what groupBy and its like make.
class Map {
 public:
  std::span<const Entry> entries() const { return {entries_, size_}; }
  std::uint32_t size() const { return size_; }
  bool has_text_keys() const { return text_keys_; }
  // What a key that is not there has: nil, or in what groupBy makes no elements.
  Value absent() const { return groups_ ? Value::array({}, ElementKind::kAbsent) : Value::nil(); }

  // Null when there is none.
  const Value* find(std::string_view key) const { return find(Value::string(key).as_key()); }
  const Value* find(const Value& key) const {  // a text must be Value::as_key()
    if (index_ != nullptr || !text_keys_) return find_indexed(key);
    for (const Entry* entry = entries_; entry != entries_ + size_; ++entry) {
      if (same_key(entry->key, key)) return &entry->value;
    }
    return nullptr;
  }

  static bool same_key(const Value& a, const Value& b) {
    if (a.tag() != b.tag()) return false;
    return same_text(a.as_text().data(), b.as_text().data(), a.size());
  }

 private:
  friend class MapBuilder;
  const Value* find_indexed(const Value& key) const;

  Entry* entries_ = nullptr;
  std::uint32_t size_ = 0;
  bool text_keys_ = true;
  bool groups_ = false;
  std::uint32_t* index_ = nullptr;  // entry number + 1, or 0; null for small maps
  std::uint32_t mask_ = 0;
};

// Builds a Map in an arena. A key set twice keeps its place and takes the later value.
class MapBuilder {
 public:
  explicit MapBuilder(Arena& arena, std::uint32_t capacity = 4, bool text_keys = true);
  // Neither key nor value is copied.
  void set(std::string_view key, const Value& value) { set(Value::string(key).as_key(), value); }
  void set(const Value& key, const Value& value);
  Value* find(const Value& key);               // the value under that key, to change
  Value finish();                              // the builder is spent
  void set_groups() { map_->groups_ = true; }  // every value is an array of elements
  std::uint32_t size() const { return map_->size_; }

 private:
  void grow();
  void index();
  void place(std::uint32_t entry);

  Arena& arena_;
  Map* map_;
  std::uint32_t capacity_;
};

}  // namespace fas::expr
