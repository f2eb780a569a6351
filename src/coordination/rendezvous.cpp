#include "coordination/rendezvous.h"

namespace fas::coordination {
namespace {

constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325U;
constexpr std::uint64_t kFnvPrime = 0x100000001b3U;

std::uint64_t fnv1a(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  return hash;
}

// FNV leaves texts that differ in their last bytes close together; the finaliser of MurmurHash3 spreads them.
std::uint64_t spread(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33U)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33U)) * 0xc4ceb9fe1a85ec53U;
  return hash ^ (hash >> 33U);
}

}  // namespace

std::uint64_t affinity(std::string_view member, std::string_view app) {
  const std::uint64_t of_member = fnv1a(kFnvOffset, member);
  return spread(fnv1a((of_member ^ 0xffU) * kFnvPrime, app));  // 0xff: in no name
}

const Member* preferred(std::span<const Member> members, std::string_view app) {
  const Member* best = nullptr;
  std::uint64_t highest = 0;
  for (const Member& member : members) {
    const std::uint64_t hash = affinity(member.name, app);
    // Equal ones, which will hardly be, go by the name, so that all members agree.
    if (best == nullptr || hash > highest || (hash == highest && member.name < best->name)) {
      best = &member;
      highest = hash;
    }
  }
  return best;
}

}  // namespace fas::coordination
