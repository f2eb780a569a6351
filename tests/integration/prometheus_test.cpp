// The main job: machines follow a queue that a real Prometheus measures.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/integration/harness.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

TEST(Prometheus, MachinesFollowTheQueueUpAndDownToZero) {
  if (!has_program("prometheus")) GTEST_SKIP() << "prometheus is not installed";
  sim::Options options = Harness::quick(6);
  options.apps[0].app.workload.service_rate = 10;
  Harness harness;
  harness.start_sim(std::move(options));

  const TempDir folder;
  const std::string config =
      folder.write("prometheus.yml",
                   "global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs: [ { job_name: sim, "
                   "static_configs: [ { targets: [ \"127.0.0.1:" +
                       std::to_string(harness.sim().port()) + "\" ] } ] } ]\n");
  const std::uint16_t port = free_port();
  Process prometheus({"prometheus", "--config.file=" + config, "--storage.tsdb.path=" + folder.file("data"),
                      "--web.listen-address=127.0.0.1:" + std::to_string(port), "--log.level=warn"});
  ASSERT_TRUE(harness.run_until([&] { return port_accepts(port); }));

  harness.start_daemon(
      "started-machine-count: \"min(ceil(queue_depth / 20), 5)\"\nmetric-collectors:\n- { type: prometheus, "
      "metric-name: queue_depth, address: \"http://127.0.0.1:" +
      std::to_string(port) + "\", query: \"sim_queue_depth{app='$APP_NAME'}\" }\n");
  // Before the first scrape there is no value: an error, and nobody is stopped or started for it.
  ASSERT_TRUE(harness.run_until([&] {
    return harness.page("/metrics").find("fas_metric_value{") != std::string::npos;
  })) << harness.log();
  EXPECT_EQ(harness.count(MachineState::kStarted), 0);

  harness.world().add_jobs(harness.app(), 200);
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 5; })) << harness.log();
  // A job whose machine is stopped under it goes back to the queue, and is worked off all the same.
  const auto done = [&] {
    return harness.count(MachineState::kStopped) == 6 && harness.app().workload.depth() == 0 &&
           harness.app().workload.busy() == 0;
  };
  EXPECT_TRUE(harness.run_until(done)) << harness.log();
}

}  // namespace
}  // namespace fas::test
