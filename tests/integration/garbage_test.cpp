// Replies that no API should send: the daemon stays up, says which call of which app got one, does no more than it was
// asked for, and the next good tick works.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/support/raw_server.h"

namespace fas::test {
namespace {

constexpr sim::FaultKind kGarbage[] = {sim::FaultKind::kHtml, sim::FaultKind::kTruncated, sim::FaultKind::kWrongTypes,
                                       sim::FaultKind::kBrackets, sim::FaultKind::kEmpty};

struct Call {
  const char* action;  // of the simulator
  const char* policy;
  MachineState before;  // of three machines
  MachineState counted;
  int wanted;  // machines in that state, in the end
  const char* in_log;
  int changes;  // requests that it takes, garbage or not; 0: a read, which may be repeated
};

constexpr MachineState kStarted = MachineState::kStarted;
constexpr MachineState kStopped = MachineState::kStopped;

constexpr Call kCalls[] = {
    {"list", "started-machine-count: 2", kStopped, kStarted, 2, "app worker: list machines", 0},
    {"graphql", "started-machine-count: 2", kStopped, kStarted, 2, "app worker: current release", 0},
    {"create", "created-machine-count: 5", kStarted, kStarted, 5, "app worker: create machine", 2},
    {"start", "started-machine-count: 2", kStopped, kStarted, 2, "app worker: start machine ", 2},
    {"stop", "started-machine-count: 1", kStarted, kStopped, 2, "app worker: stop machine ", 2},
    {"destroy", "created-machine-count: 1", kStopped, kStopped, 1, "app worker: destroy machine ", 2},
};

struct Case {
  Call call;
  sim::FaultKind garbage;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const Call& call : kCalls) {
    for (const sim::FaultKind garbage : kGarbage) all.push_back({call, garbage});
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.call.action) + "_" + std::string(to_string(info.param.garbage));
}

class Garbage : public testing::TestWithParam<Case> {};

TEST_P(Garbage, LeavesTheDaemonAtWork) {
  const Call& call = GetParam().call;
  Harness harness;
  harness.start_sim(Harness::quick(3, call.before));
  // The calls have their effect; only what is said about it is garbage.
  harness.api().faults().add({.kind = GetParam().garbage, .action = call.action, .count = 2});
  harness.start_daemon(call.policy);
  const auto fits = [&] { return harness.api().faults().none() && harness.count(call.counted) == call.wanted; };
  ASSERT_TRUE(harness.run_until(fits)) << harness.log();
  harness.run_ticks(4);
  EXPECT_TRUE(fits()) << harness.log();
  if (call.changes > 0) {
    EXPECT_EQ(harness.requests(call.action).size(), call.changes) << harness.log();
  }
  // Of a machine's other fields nothing is needed, so that a wrong type there may do no harm.
  if (GetParam().garbage != sim::FaultKind::kWrongTypes) {
    EXPECT_TRUE(harness.logged_error({"\"app\":\"worker\"", call.in_log})) << harness.log();
  }
}

INSTANTIATE_TEST_SUITE_P(Replies, Garbage, testing::ValuesIn(cases()), name_of);

class GarbageAppList : public testing::TestWithParam<sim::FaultKind> {
 protected:
  static void start(Harness& harness) {
    harness.start_daemon(
        "app-name: \"worker*\"\norg: acme\napp-list-refresh-interval: 100ms\nstarted-machine-count: \"1\"");
  }
};

TEST_P(GarbageAppList, OfTheFirstListIsAskedForAgain) {
  Harness harness;
  harness.start_sim(Harness::quick(1));
  harness.api().faults().add({.kind = GetParam(), .action = "graphql", .count = 2});
  start(harness);
  EXPECT_TRUE(harness.run_until([&] { return harness.count(kStarted) == 1; })) << harness.log();
  EXPECT_TRUE(harness.logged_error({"cannot list the organization's apps", "organization acme"})) << harness.log();
}

TEST_P(GarbageAppList, OfALaterListKeepsTheAppsThatAreKnown) {
  Harness harness;
  harness.start_sim(Harness::quick(1));
  start(harness);
  ASSERT_TRUE(harness.run_until([&] { return harness.count(kStarted) == 1; })) << harness.log();

  harness.api().faults().add({.kind = GetParam(), .action = "graphql", .count = 3});
  harness.world().add_app({.name = "worker-2", .org = "acme", .workload = {}});
  harness.add_machine(kStopped, "app", "iad", "worker-2");
  bool known = true;
  ASSERT_TRUE(harness.run_until([&] {
    known = known && harness.daemon().schedulers().apps().size() >= 1;
    return harness.count(kStarted, "worker-2") == 1;
  })) << harness.log();
  EXPECT_TRUE(known);
  EXPECT_TRUE(harness.logged_error({"cannot list the organization's apps", "organization acme: list apps"}))
      << harness.log();
}

INSTANTIATE_TEST_SUITE_P(Replies, GarbageAppList, testing::ValuesIn(kGarbage),
                         [](const auto& tried) { return std::string(to_string(tried.param)); });

TEST(GarbageMetric, HoldsAndTheNextGoodValueCounts) {
  const std::string brackets(100'000, '[');
  for (const std::string& body : {std::string("<html>no</html>"), std::string("{\"depth\":"),
                                  std::string("{\"depth\":[]}"), brackets, std::string()}) {
    Harness harness;
    int asked = 0;
    RawServer server(harness.loop,
                     [&](const RawRequest&) { return http_reply(200, ++asked <= 3 ? body : "{\"depth\": 2}"); });
    harness.start_sim(Harness::quick(2));
    harness.start_daemon(
        "started-machine-count: \"depth\"\nmetric-collectors:\n- { type: http, metric-name: depth, url: \"" +
        server.url() + "\", value: \"/depth\" }\n");
    EXPECT_TRUE(harness.run_until([&] { return harness.count(kStarted) == 2; })) << harness.log();
    EXPECT_TRUE(harness.logged_error({"metric collection failed", "\"app\":\"worker\"", "metric-collectors[0] (http"}))
        << body.substr(0, 40) << "\n"
        << harness.log();
  }
}

}  // namespace
}  // namespace fas::test
