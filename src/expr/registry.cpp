// All builtins in one table.
#include <algorithm>
#include <vector>

#include "expr/ast.h"
#include "expr/builtin.h"

namespace fas::expr {
namespace {

// Open addressing over the names, built once.
class Registry {
 public:
  Registry() {
    for (const auto& table : {number_builtins(), array_builtins(), string_builtins(), time_builtins(), json_builtins(),
                              encoding_builtins()}) {
      for (const Builtin& builtin : table) {
        place(builtin);
        names_.push_back(builtin.name);
      }
    }
    for (int loop = 0; loop <= static_cast<int>(Loop::kReduce); ++loop) {
      names_.push_back(loop_name(static_cast<Loop>(loop)));
    }
    std::ranges::sort(names_);
  }

  const Builtin* find(std::string_view name) const {
    for (std::size_t at = hash(name);; at = (at + 1) % kBuckets) {
      if (buckets_[at] == nullptr) return nullptr;
      if (buckets_[at]->name == name) return buckets_[at];
    }
  }

  std::span<const std::string_view> names() const { return names_; }

 private:
  static constexpr std::size_t kBuckets = 512;

  static std::size_t hash(std::string_view name) {
    std::uint32_t hash = 2166136261U;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return (hash ^ (hash >> 15)) % kBuckets;
  }

  void place(const Builtin& builtin) {
    std::size_t at = hash(builtin.name);
    while (buckets_[at] != nullptr) at = (at + 1) % kBuckets;
    buckets_[at] = &builtin;
  }

  const Builtin* buckets_[kBuckets] = {};
  std::vector<std::string_view> names_;
};

const Registry& registry() {
  static const Registry instance;
  return instance;
}

}  // namespace

const Builtin* find_builtin(std::string_view name) { return registry().find(name); }

const Method* find_method(TypeKind receiver, std::string_view name) {
  switch (receiver) {
    case TypeKind::kTime:
    case TypeKind::kDuration:
    case TypeKind::kTimezone:
    case TypeKind::kMonth:
    case TypeKind::kWeekday: break;
    default: return nullptr;
  }
  for (const Method& method : time_methods()) {
    if (method.receiver == receiver && method.name == name) return &method;
  }
  return nullptr;
}

std::span<const std::string_view> builtin_names() { return registry().names(); }

}  // namespace fas::expr
