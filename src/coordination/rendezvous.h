// Which member an app belongs to, by rendezvous hashing (Thaler and Ravishankar, 1998): every member computes the same
// answer from the same members, and when one comes or goes only its own share of the apps moves.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "coordination/engine.h"

namespace fas::coordination {

// How much the app belongs to the member: the highest has it. The same on every machine and in every version, as
// members of two versions share a group while one replaces the other.
std::uint64_t affinity(std::string_view member, std::string_view app);

// Null where there are no members.
const Member* preferred(std::span<const Member> members, std::string_view app);

}  // namespace fas::coordination
