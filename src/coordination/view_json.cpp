#include "coordination/view_json.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace fas::coordination {

nlohmann::ordered_json members_json(const View& view) {
  std::map<Lease, std::vector<std::string>> apps;
  for (const auto& [app, owner] : view.owners) apps[owner].push_back(app);
  nlohmann::ordered_json members = nlohmann::ordered_json::array();
  for (const Member& member : view.members) {
    members.push_back({{"name", member.name}, {"address", member.address}, {"apps", std::move(apps[member.lease])}});
  }
  return members;
}

}  // namespace fas::coordination
