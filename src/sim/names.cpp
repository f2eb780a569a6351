#include "sim/names.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace fas::sim {
namespace {

constexpr std::array<std::string_view, 16> kFirst = {"amber", "brave", "calm",   "dusty",  "early", "frosty",
                                                     "green", "hazy",  "icy",    "little", "misty", "old",
                                                     "quiet", "red",   "silent", "young"};
constexpr std::array<std::string_view, 16> kSecond = {"bird",  "brook", "cloud", "dawn", "field", "fire",
                                                      "grove", "hill",  "lake",  "moon", "night", "pine",
                                                      "river", "sea",   "star",  "stone"};

std::string crockford(Random& random, std::size_t length) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text += kDigits[random.below(kDigits.size())];
  return text;
}

}  // namespace

std::string machine_id(Random& random) { return fmt::format("{:014x}", random.next() >> 8U); }

std::string machine_name(Random& random) {
  const std::string_view first = kFirst[random.below(kFirst.size())];
  const std::string_view second = kSecond[random.below(kSecond.size())];
  return fmt::format("{}-{}-{}", first, second, 1000 + random.below(9000));
}

std::string instance_id(Random& random) { return "01" + crockford(random, 24); }

std::string private_ip(Random& random) {
  const std::uint64_t bits = random.next();
  return fmt::format("fdaa:0:18:a7b:{:x}:{:x}:{:x}:2", bits & 0xffffU, (bits >> 16U) & 0xffffU,
                     (bits >> 32U) & 0xffffU);
}

std::string nonce(Random& random) { return fmt::format("{:016x}", random.next()); }

std::string app_id(std::string_view name) { return fmt::format("app_{:016x}", Random(1).fork(name).next()); }

std::string org_id(std::string_view slug) { return fmt::format("org_{:016x}", Random(2).fork(slug).next()); }

}  // namespace fas::sim
