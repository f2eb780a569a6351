#include "control/fleet_view.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace fas::control {
namespace {

fly::Machine machine(std::string id) {
  fly::Machine result;
  result.id = std::move(id);
  result.process_group = "app";
  result.host_status = "ok";
  result.state = MachineState::kStopped;
  result.config.owner = std::make_shared<const std::string>("{}");
  result.config.text = *result.config.owner;
  return result;
}

TEST(FleetView, LeavesOutWhatIsNotThePolicysToTouch) {
  fly::MachineList list;
  list.machines = {machine("kept"), machine("unreachable"), machine("other-group"), machine("standby"),
                   machine("old-api")};
  list.machines[1].host_status = "unreachable";
  list.machines[2].process_group = "web";
  list.machines[3].is_standby = true;
  list.machines[4].host_status = "";
  const scale::Fleet fleet = fleet_view(list, "app");
  ASSERT_EQ(fleet.machines.size(), 2);
  EXPECT_EQ(fleet.machines[0].id, "kept");
  EXPECT_EQ(fleet.machines[1].id, "old-api");
}

TEST(FleetView, FlysOwnGroupsAreNeverTouchedEvenWhenAskedFor) {
  fly::MachineList list;
  list.machines = {machine("console")};
  list.machines[0].process_group = "fly_app_console";
  EXPECT_TRUE(fleet_view(list, "fly_app_console").machines.empty());
}

TEST(FleetView, SaysWhatCanBeCloned) {
  fly::MachineList list;
  list.machines = {machine("fit"), machine("volume"), machine("incomplete")};
  list.machines[1].has_mounts = true;
  list.machines[2].incomplete_config = true;
  const scale::Fleet fleet = fleet_view(list, "app");
  EXPECT_TRUE(fleet.machines[0].can_clone);
  EXPECT_FALSE(fleet.machines[1].can_clone);
  EXPECT_TRUE(fleet.machines[1].has_volume);
  EXPECT_FALSE(fleet.machines[2].can_clone);
}

}  // namespace
}  // namespace fas::control
