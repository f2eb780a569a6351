// The keys that are off by default, and the policies of `apps`.
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "tests/config/support.h"

namespace fas::config {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using test::error_of;
using test::load_yaml;

const std::string kBase = "app-name: w\nstarted-machine-count: \"1\"\n";  // lines 1 and 2

TEST(Behavior, IsOffByDefault) {
  const Result<Config> config = load_yaml(kBase);
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->behavior.up.any());
  EXPECT_FALSE(config->behavior.down.any());
  EXPECT_EQ(config->behavior.tolerance, 0);
  EXPECT_FALSE(config->fallback);
  EXPECT_TRUE(config->schedules.empty());
  EXPECT_EQ(config->max_actions_per_tick, 0);
  EXPECT_EQ(config->stop_method, StopMethod::kStop);
  EXPECT_FALSE(config->paused);
  EXPECT_FALSE(config->dry_run);
  EXPECT_EQ(config->state_dir, "");
  ASSERT_EQ(config->policies().size(), 1);
  EXPECT_EQ(config->policies().front().app_name, "w");
}

TEST(Behavior, EveryKey) {
  const Result<Config> config = load_yaml(kBase + R"(
dry-run: true
state-dir: "/var/lib/fas"
history-max-age: "48h"
history-max-mb: 10
scale-up:
  stabilization-window: "30s"
  policies:
  - { type: "machines", value: 4 }
  - { type: "percent", value: 100, period: "15s" }
  select-policy: "min"
  cooldown: "1m"
scale-down: { select-policy: "disabled" }
tolerance: 0.1
on-failure: { action: "fallback", after: 5, started-machine-count: 3 }
limits: { min-started: 1, max-started: 50 }
schedule:
- { name: "day", cron: "0 8 * * 1-5", duration: "10h", time-zone: "Europe/Zurich", min-started: 3 }
scale-in-order: "oldest"
scale-out-order: "region-balance"
scale-in-rank: "machine.age"
busy-metric: "jobs"
busy-metric-label: "machine"
busy-timeout: "5m"
max-actions-per-tick: 7
stop-method: "suspend"
cordon: false
paused: true
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->dry_run);
  EXPECT_EQ(config->state_dir, "/var/lib/fas");
  EXPECT_EQ(config->history_max_age, std::chrono::hours(48));
  EXPECT_EQ(config->history_max_bytes, 10 << 20);
  const scale::DirectionRules& up = config->behavior.up;
  EXPECT_EQ(up.stabilization_window, seconds(30));
  ASSERT_EQ(up.policies.size(), 2);
  EXPECT_EQ(up.policies[0].type, scale::StepType::kMachines);
  EXPECT_EQ(up.policies[0].value, 4);
  EXPECT_EQ(up.policies[0].period, seconds(60));
  EXPECT_EQ(up.policies[1].type, scale::StepType::kPercent);
  EXPECT_EQ(up.policies[1].period, seconds(15));
  EXPECT_EQ(up.select, scale::SelectPolicy::kMin);
  EXPECT_EQ(up.cooldown, minutes(1));
  EXPECT_EQ(config->behavior.down.select, scale::SelectPolicy::kDisabled);
  EXPECT_EQ(config->behavior.tolerance, 0.1);
  EXPECT_TRUE(config->fallback);
  EXPECT_EQ(config->fallback_after, 5);
  EXPECT_EQ(config->fallback_counts.max_started->text, "3");
  EXPECT_EQ(config->limits.started, (scale::Bounds{1, 50}));
  ASSERT_EQ(config->schedules.size(), 1);
  EXPECT_EQ(config->schedules[0].name(), "day");
  EXPECT_EQ(config->scale_in_order, scale::ScaleInOrder::kOldest);
  EXPECT_EQ(config->scale_out_order, scale::ScaleOutOrder::kRegionBalance);
  EXPECT_EQ(config->scale_in_rank->text, "machine.age");
  EXPECT_EQ(config->busy_metric, "jobs");
  EXPECT_EQ(config->busy_label, "machine");
  EXPECT_EQ(config->busy_timeout, minutes(5));
  EXPECT_EQ(config->max_actions_per_tick, 7);
  EXPECT_EQ(config->stop_method, StopMethod::kSuspend);
  EXPECT_FALSE(config->cordon);
  EXPECT_TRUE(config->paused);
}

TEST(Behavior, MistakesAreShownAtTheirPlace) {
  struct Case {
    std::string_view name;
    std::string yaml;  // from line 3 on
    std::string_view error;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"a misspelt key", "scale-up: { stabilisation-window: \"1m\" }\n",
            "fas.yml:3:13: scale-up: unknown key \"stabilisation-window\"; did you mean \"stabilization-window\"?"},
           {"not a map", "scale-up: 3\n", "fas.yml:3:11: scale-up must be a map, not a text; write it as {key: value}"},
           {"not a list", "scale-up: { policies: 4 }\n", "fas.yml:3:23: scale-up.policies must be a list, not a text"},
           {"a policy of nothing", "scale-up: { policies: [{ value: 0 }] }\n",
            "fas.yml:3:33: scale-up.policies[0].value must be at least 1"},
           {"an unknown choice", "scale-in-order: \"eldest\"\n",
            "fas.yml:3:17: scale-in-order must be \"default\", \"oldest\", \"newest\" or \"region-balance\", not "
            "\"eldest\""},
           {"a bad cron", "schedule: [{ cron: \"0 25 * * *\", duration: \"1h\", min-started: 1 }]\n",
            "fas.yml:3:12: schedule[0]: cron: cannot read \"25\" as hour"},
           {"an unknown zone",
            "schedule: [{ cron: \"@daily\", duration: \"1h\", time-zone: \"Mars\", min-started: 1 }]\n",
            "unknown time zone \"Mars\""},
           {"no duration", "schedule: [{ cron: \"@daily\", min-started: 1 }]\n", "schedule[0]: duration required"},
           {"a schedule of nothing", "schedule: [{ cron: \"@daily\", duration: \"1h\" }]\n",
            "at least one of min-started, max-started, min-created, max-created required"},
           {"a floor above its ceiling", "limits: { min-started: 5, max-started: 4 }\n",
            "limits: min-started is above max-started"},
           {"a floor without a count", "limits: { min-created: 5 }\n",
            "limits: min-created and max-created have no effect without a created machine count"},
           {"a fallback without a count", "on-failure: { action: fallback }\n",
            "on-failure: action fallback needs a count"},
           {"a count without a fallback", "on-failure: { started-machine-count: 3 }\n",
            "on-failure: a count has no effect without action: \"fallback\""},
           {"half a pair", "on-failure: { action: fallback, min-started-machine-count: 3 }\n",
            "on-failure: max started machine count required if min started machine count is defined"},
           {"too much tolerance", "tolerance: 10\n", "fas.yml:3:12: tolerance must be at least 0 and less than 1"},
       }) {
    const std::string error = error_of(load_yaml(kBase + c.yaml));
    EXPECT_NE(error.find(c.error), std::string::npos) << c.name << ": " << error;
  }
}

TEST(Apps, InheritAndOverride) {
  const Result<Config> config = load_yaml(R"(
interval: "5s"
regions: ["iad"]
started-machine-count: "1"
scale-down: { stabilization-window: "5m" }
apps:
- app-name: "worker-*"
- app-name: "mailer"
  min-started-machine-count: "0"
  max-started-machine-count: "2"
  regions: ["fra", "syd"]
  scale-down: { cooldown: "1m" }
)");
  ASSERT_TRUE(config) << config.error().message;
  const auto policies = config->policies();
  ASSERT_EQ(policies.size(), 2);
  EXPECT_EQ(policies[0].app_name, "worker-*");
  EXPECT_EQ(policies[0].counts.max_started->text, "1");
  EXPECT_EQ(policies[0].regions, (std::vector<std::string>{"iad"}));
  EXPECT_EQ(policies[1].counts.min_started->text, "0");
  EXPECT_EQ(policies[1].counts.max_started->text, "2");
  EXPECT_EQ(policies[1].regions, (std::vector<std::string>{"fra", "syd"}));
  EXPECT_EQ(policies[1].behavior.down.stabilization_window, minutes(5));
  EXPECT_EQ(policies[1].behavior.down.cooldown, minutes(1));
  EXPECT_EQ(config->interval, seconds(5));
}

TEST(Apps, MistakesNameTheEntry) {
  struct Case {
    std::string_view name;
    std::string yaml;
    std::string_view error;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"no name", "apps:\n- started-machine-count: 1\n", "apps[0]: app name required"},
           {"no count", "apps:\n- app-name: a\n",
            "apps[0]: must define either created machine count or started machine count"},
           {"a key of the process", "started-machine-count: 1\napps:\n- app-name: a\n  interval: 3s\n",
            "fas.yml:4:3: apps[0]: unknown key \"interval\""},
           {"collectors of its own", "started-machine-count: 1\napps:\n- app-name: a\n  metric-collectors: [{}]\n",
            "apps[0].metric-collectors[0]: metric name required"},
           {"not a list", "apps: 3\n", "fas.yml:1:7: apps must be a list"},
       }) {
    const std::string error = error_of(load_yaml(c.yaml));
    EXPECT_NE(error.find(c.error), std::string::npos) << c.name << ": " << error;
  }
}

}  // namespace
}  // namespace fas::config
