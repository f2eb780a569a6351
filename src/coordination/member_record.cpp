#include "coordination/member_record.h"

#include <nlohmann/json.hpp>

namespace fas::coordination {

std::string member_record(const Member& member) {
  const nlohmann::json record = {{"name", member.name}, {"address", member.address}};
  return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Member read_member_record(std::string_view name, std::string_view record) {
  Member member{.name = std::string(name), .address = {}, .lease = {}};
  constexpr std::size_t kMostBytes = 64 << 10;  // no record of ours comes near
  if (record.size() > kMostBytes) return member;
  const nlohmann::json json = nlohmann::json::parse(record, nullptr, false);
  if (!json.is_object()) return member;
  const auto address = json.find("address");
  if (address != json.end() && address->is_string()) member.address = address->get<std::string>();
  return member;
}

}  // namespace fas::coordination
