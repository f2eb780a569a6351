// Maps: a flat list of entries in insertion order, small and quick to search; large ones carry a hash index.
#pragma once

#include <optional>

#include "expr/value.h"

namespace fas::expr {

struct Entry {
  Value key;  // of a map with text keys: always Value::as_key()
  Value value;
};

// Immutable once built. Keys are text, except in what groupBy and its like make.
class Map {
 public:
  std::span<const Entry> entries() const { return {entries_, size_}; }
  std::uint32_t size() const { return size_; }
  bool has_text_keys() const { return text_keys_; }

  // Null when there is none.
  const Value* find(std::string_view key) const { return find(Value::string(key).as_key()); }
  const Value* find(const Value& key) const;  // a text must be Value::as_key()

  // The same for a constant key of an instruction; `hint` remembers where it stood last time.
  const Value* find_near(const Value& key, std::uint32_t& hint) const {
    if (hint < size_ && same_key(entries_[hint].key, key)) return &entries_[hint].value;
    return find_far(key, hint);
  }

  static bool same_key(const Value& a, const Value& b) {
    if (a.tag() != b.tag()) return false;
    const char* x = a.as_text().data();
    const char* y = b.as_text().data();
    return x == y || std::memcmp(x, y, a.size()) == 0;
  }

 private:
  friend class MapBuilder;
  const Value* find_far(const Value& key, std::uint32_t& hint) const;

  Entry* entries_ = nullptr;
  std::uint32_t size_ = 0;
  bool text_keys_ = true;
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
  Value* find(const Value& key);  // the value under that key, to change
  Value finish();                 // the builder is spent
  std::uint32_t size() const { return map_->size_; }

 private:
  void grow();

  Arena& arena_;
  Map* map_;
  std::uint32_t capacity_;
};

}  // namespace fas::expr
