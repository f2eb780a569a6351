// Memory that is handed out in passing and given back all at once: what a run creates lives here until the next run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "expr/value.h"

namespace fas::expr {

// Not thread-safe. Gives out memory for trivially destructible things only. Beyond its limit it throws RunFailure
// (expr/failure.h), which never leaves this library.
class Arena {
 public:
  explicit Arena(std::size_t limit = SIZE_MAX) : limit_(limit) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) noexcept = default;
  Arena& operator=(Arena&&) noexcept = default;

  void* allocate(std::size_t bytes) {  // aligned for anything
    bytes = (bytes + 15) & ~std::size_t{15};
    if (bytes > static_cast<std::size_t>(end_ - next_)) return allocate_block(bytes);
    char* result = next_;
    next_ += bytes;
    return result;
  }

  template <class T>
  std::span<T> array(std::size_t count) {  // uninitialised
    static_assert(std::is_trivially_destructible_v<T>);
    if (count > limit_ / sizeof(T)) fail();
    return {static_cast<T*>(allocate(count * sizeof(T))), count};
  }
  template <class T, class... Args>
  T* make(Args&&... args) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocate(sizeof(T))) T{static_cast<Args&&>(args)...};
  }

  std::string_view copy(std::string_view text);
  std::span<Value> copy(std::span<const Value> values);

  // Everything handed out becomes invalid; the memory is kept for the next use.
  void reset() {
    if (next_ != begin_ || full_ != 0) rewind();
  }
  // Bytes handed out since the last reset.
  std::size_t used() const { return full_ + static_cast<std::size_t>(next_ - begin_); }
  std::size_t room() const { return limit_ > used() ? limit_ - used() : 0; }
  void set_limit(std::size_t limit) { limit_ = limit; }

 private:
  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t size;
  };
  void* allocate_block(std::size_t bytes);
  void rewind();
  [[noreturn]] static void fail();

  char* begin_ = nullptr;
  char* next_ = nullptr;
  char* end_ = nullptr;
  std::size_t full_ = 0;  // bytes in the blocks before the current one
  std::size_t limit_;
  std::size_t current_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace fas::expr
