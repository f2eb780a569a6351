#include "expr/arena.h"

#include <algorithm>
#include <cstring>

#include "expr/failure.h"

namespace fas::expr {
namespace {
constexpr std::size_t kFirstBlock = std::size_t{4} << 10;
constexpr std::size_t kLargestBlock = std::size_t{1} << 20;
}  // namespace

void Arena::fail() { throw RunFailure{.message = "memory budget exceeded"}; }

void* Arena::allocate_block(std::size_t bytes) {
  full_ += static_cast<std::size_t>(next_ - begin_);
  if (bytes > limit_ || full_ > limit_ - bytes) fail();
  std::size_t block = begin_ == nullptr ? 0 : current_ + 1;
  // After a reset the blocks of earlier runs are used again, in order; one that is too small is passed over.
  while (block < blocks_.size() && blocks_[block].size < bytes) ++block;
  if (block == blocks_.size()) {
    const std::size_t grown = blocks_.empty() ? kFirstBlock : std::min(blocks_.back().size * 2, kLargestBlock);
    const std::size_t size = std::max(bytes, grown);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
  }
  current_ = block;
  begin_ = blocks_[block].memory.get();
  next_ = begin_ + bytes;
  end_ = begin_ + blocks_[block].size;
  return begin_;
}

void Arena::rewind() {
  full_ = 0;
  current_ = 0;
  begin_ = next_ = blocks_.front().memory.get();
  end_ = begin_ + blocks_.front().size;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > UINT32_MAX) fail();
  char* to = static_cast<char*>(allocate(text.size()));
  std::memcpy(to, text.data(), text.size());
  return {to, text.size()};
}

std::span<Value> Arena::copy(std::span<const Value> values) {
  std::span<Value> to = array<Value>(values.size());
  std::ranges::copy(values, to.begin());
  return to;
}

}  // namespace fas::expr
