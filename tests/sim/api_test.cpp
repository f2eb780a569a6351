// What surrounds the calls: tokens, limits, faults, the log, GraphQL, metrics and the control API.
#include "sim/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/direct_call.h"

namespace fas::sim {
namespace {

using namespace std::chrono_literals;
using enum MachineState;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kMachines = "/v1/apps/worker/machines";

std::string graphql(std::string_view query, const nlohmann::json& variables = nlohmann::json::object()) {
  return nlohmann::json{{"query", query}, {"variables", variables}}.dump();
}

TEST(Api, Token) {
  SimFixture sim(0, kStopped, {}, {.token = "FlyV1 fm2_abc,fo1_x", .latency = {}, .rate_limits = false, .faults = {}});
  for (const auto& [header, status] : std::initializer_list<std::pair<const char*, int>>{
           {"FlyV1 fm2_abc", 200}, {"Bearer fo1_x", 200}, {"fm2_abc, fo1_x", 200}, {"Bearer wrong", 401}, {"", 401}}) {
    EXPECT_EQ(call(sim.api, "GET", kMachines, "", {{"authorization", header}}).status, status) << header;
  }
  const auto reply = call(sim.api, "POST", "/graphql", graphql("{ organization(slug: \"personal\") { id } }"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json_of(reply)["errors"][0]["extensions"]["code"], "UNAUTHORIZED");
  EXPECT_EQ(call(sim.api, "GET", "/sim/state").status, 200);
  EXPECT_EQ(call(sim.api, "GET", "/metrics").status, 200);
}

TEST(Api, EachReplyHasItsRequestId) {
  SimFixture sim;
  const auto first = call(sim.api, "GET", kMachines);
  const auto second = call(sim.api, "GET", "/v1/apps/none/machines");
  EXPECT_EQ(second.status, 404);
  EXPECT_NE(header_value(first.headers, "fly-request-id"), "");
  EXPECT_NE(header_value(first.headers, "fly-request-id"), header_value(second.headers, "fly-request-id"));
}

TEST(Api, UnknownPlacesAre404) {
  SimFixture sim;
  for (const char* target : {"/", "/v1", "/v1/apps/none/machines", "/v1/apps/worker/machines/0", "/v1/apps/worker/x",
                             "/v1/apps/worker/machines/0/explode", "/sim", "/sim/none", "/sim/apps/none/jobs"}) {
    EXPECT_EQ(call(sim.api, "GET", target).status, 404) << target;
  }
}

TEST(Api, LimitsAreKeptPerActionAndMachine) {
  SimFixture sim(2, kStarted, {}, {.token = {}, .latency = {}, .rate_limits = true, .faults = {}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call(sim.api, "GET", kMachines).status, 200) << i;
  const auto reply = call(sim.api, "GET", kMachines);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(header_value(reply.headers, "Retry-After"), "1");
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "stop")).status, 200);
  EXPECT_EQ(call(sim.api, "POST", sim.path(1, "stop")).status, 200);
  EXPECT_EQ(call(sim.api, "GET", sim.path(0, "wait?state=stopped")).status, 200) << "waiting takes one token, not many";
  pass(sim.world, 1s);
  EXPECT_EQ(call(sim.api, "GET", kMachines).status, 200);
  call(sim.api, "POST", "/sim/settings", R"({"rate_limits":false})");
  for (int i = 0; i < 9; ++i) EXPECT_EQ(call(sim.api, "GET", kMachines).status, 200) << i;
}

TEST(Api, FaultsBeforeAndAfterTheEffect) {
  struct Case {
    const char* kind;
    int status;
    bool dropped;
    std::size_t machines;  // afterwards
  };
  for (const Case& c : std::initializer_list<Case>{{"error_before", 503, false, 0},
                                                   {"error_after", 503, false, 1},
                                                   {"reset_before", 200, true, 0},
                                                   {"reset_after", 200, true, 1},
                                                   {"hang", 200, true, 0},
                                                   {"hang_after", 200, true, 1},
                                                   {"rate_limited", 429, false, 0},
                                                   {"slow", 200, false, 1},
                                                   {"html", 200, false, 1}}) {
    SimFixture sim(0);
    const std::string rule = std::string(R"({"action":"create","count":1,"delay":"2s","kind":")") + c.kind + "\"}";
    ASSERT_EQ(call(sim.api, "POST", "/sim/faults", rule).status, 200);
    EXPECT_EQ(json_of(call(sim.api, "GET", "/sim/faults")).size(), 1U);
    const auto reply = call(sim.api, "POST", kMachines, R"({"name":"a","config":{"image":"x"}})");
    EXPECT_EQ(reply.status, c.status) << c.kind;
    EXPECT_EQ(reply.drop_connection, c.dropped) << c.kind;
    EXPECT_EQ(sim.app.machines.size(), c.machines) << c.kind;
    EXPECT_EQ(call(sim.api, "POST", kMachines, R"({"name":"b","config":{"image":"x"}})").status, 200) << "used up";
    const auto log = json_of(call(sim.api, "GET", "/sim/requests?action=create"));
    EXPECT_EQ(log[0]["fault"], c.kind);
    EXPECT_EQ(log[0]["status"], c.dropped ? 0 : c.status) << c.kind;
  }
}

TEST(Api, GarbageReplies) {
  for (const auto& [kind, begin] :
       std::initializer_list<std::pair<const char*, const char*>>{{"html", "<!DOCTYPE"},
                                                                  {"truncated", "[{\"id\""},
                                                                  {"wrong_types", "[{\"id\":7"},
                                                                  {"brackets", "[[[["},
                                                                  {"empty", ""}}) {
    SimFixture sim;
    call(sim.api, "POST", "/sim/faults", std::string(R"({"action":"list","kind":")") + kind + "\"}");
    const auto reply = call(sim.api, "GET", kMachines);
    EXPECT_THAT(reply.body, StartsWith(begin)) << kind;
    EXPECT_THAT(reply.body, Not(EndsWith("}}]"))) << kind;
    call(sim.api, "DELETE", "/sim/faults");
    EXPECT_EQ(json_of(call(sim.api, "GET", kMachines)).size(), 1U);
  }
}

TEST(Api, LatencyIsSpentBeforeAndAfterTheEffect) {
  SimFixture sim(1, kStopped, {}, {.token = {}, .latency = Spread(250ms), .rate_limits = false, .faults = {}});
  EXPECT_FALSE(sim.api.immediate());
  call(sim.api, "POST", sim.path(0, "start"));
  EXPECT_EQ(sim.world.now(), 250ms);
  pass(sim.world, 875ms);
  EXPECT_EQ(sim.state(0), kStarted);
}

TEST(Api, LogOfRequests) {
  SimFixture sim;
  call(sim.api, "POST", kMachines, R"({"config":{"image":"x"}})", {{"x-sim-tag", "t1"}});
  call(sim.api, "POST", sim.path(0, "stop"), R"({"timeout":"1s"})");
  const auto log = json_of(call(sim.api, "GET", "/sim/requests?app=worker"));
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0]["tag"], "t1");
  EXPECT_EQ(log[0]["action"], "create");
  EXPECT_EQ(log[0]["path"], kMachines);
  EXPECT_EQ(log[0]["body"], R"({"config":{"image":"x"}})");
  EXPECT_EQ(log[1]["status"], 412);
  EXPECT_EQ(log[1]["body"], "");
  const std::string since = std::to_string(log[0]["number"].get<int>());
  EXPECT_EQ(json_of(call(sim.api, "GET", "/sim/requests?since=" + since)).size(), 1U);
  call(sim.api, "DELETE", "/sim/requests");
  EXPECT_EQ(json_of(call(sim.api, "GET", "/sim/requests")).size(), 0U);
}

TEST(Graphql, AppsComeInPages) {
  SimFixture sim(0);
  for (int i = 0; i < 450; ++i) sim.world.add_app({.name = "app-" + std::to_string(1000 + i), .org = "acme"});
  const auto org = json_of(
      call(sim.api, "POST", "/graphql",
           graphql("query($slug: String!) { organization(slug: $slug) { id slug name } }", {{"slug", "acme"}})));
  EXPECT_EQ(org["data"]["organization"]["slug"], "acme");
  const char* query =
      "query($org: ID, $after: String) { apps(type: \"container\", first: 200, after: $after, organizationId: $org) "
      "{ pageInfo { hasNextPage endCursor } nodes { id name status } } }";
  nlohmann::json variables = {{"org", org["data"]["organization"]["id"]}};
  std::vector<std::size_t> pages;
  std::string last;
  for (bool more = true; more;) {
    const auto apps = json_of(call(sim.api, "POST", "/graphql", graphql(query, variables)))["data"]["apps"];
    pages.push_back(apps["nodes"].size());
    for (const auto& node : apps["nodes"]) {
      EXPECT_LT(last, node["name"].get<std::string>());
      last = node["name"];
    }
    more = apps["pageInfo"]["hasNextPage"];
    variables["after"] = apps["pageInfo"]["endCursor"];
  }
  EXPECT_EQ(pages, (std::vector<std::size_t>{200, 200, 50}));
}

TEST(Graphql, CurrentRelease) {
  SimFixture sim(0);
  const std::string body = graphql(
      "query($appName: String!) { app(name: $appName) { currentRelease: currentReleaseUnprocessed { id version status "
      "} } }",
      {{"appName", "worker"}});
  EXPECT_EQ(json_of(call(sim.api, "POST", "/graphql", body))["data"]["app"]["currentRelease"]["status"], "complete");
  call(sim.api, "POST", "/sim/apps/worker/release", R"({"status":"running"})");
  EXPECT_EQ(json_of(call(sim.api, "POST", "/graphql", body))["data"]["app"]["currentRelease"]["status"], "running");
  call(sim.api, "POST", "/sim/apps/worker/release", R"({"status":""})");
  EXPECT_TRUE(json_of(call(sim.api, "POST", "/graphql", body))["data"]["app"]["currentRelease"].is_null());
}

TEST(Graphql, Errors) {
  SimFixture sim(0);
  const auto missing = call(sim.api, "POST", "/graphql", graphql("query Q { a: app(name: \"no\") { id } }"));
  EXPECT_EQ(missing.status, 200);
  EXPECT_EQ(json_of(missing)["errors"][0]["message"], "Could not find App");
  EXPECT_EQ(json_of(missing)["errors"][0]["extensions"]["code"], "NOT_FOUND");
  EXPECT_EQ(json_of(missing)["errors"][0]["path"], nlohmann::json::array({"a"}));
  EXPECT_TRUE(json_of(missing)["data"]["a"].is_null());
  EXPECT_EQ(json_of(call(sim.api, "POST", "/graphql", graphql("{ me }")))["errors"].size(), 1U);
  for (const char* query :
       {"", "{", "{}", "query {", "{ app(name: }", "{ app(name: \"x\") {", "mutation { x }", "{ app(name \"x\") }"}) {
    EXPECT_EQ(call(sim.api, "POST", "/graphql", graphql(query)).status, 400) << query;
  }
  EXPECT_EQ(call(sim.api, "POST", "/graphql", "[1]").status, 400);
  EXPECT_EQ(call(sim.api, "POST", "/graphql", std::string(200'000, '[')).status, 400);
}

TEST(Work, QueueGrowsAndIsWorkedOff) {
  SimFixture sim(2);
  call(sim.api, "POST", "/sim/apps/worker/workload", R"({"profile":"step:10,0@10s","service_rate":5,"even":true})");
  pass(sim.world, 10s);
  auto state = json_of(call(sim.api, "GET", "/sim/state?app=worker"));
  EXPECT_EQ(state["arrivals"], 99);
  EXPECT_EQ(state["queue_depth"], 99);
  for (std::size_t i = 0; i < 2; ++i) call(sim.api, "POST", sim.path(i, "start"));
  pass(sim.world, 6s);
  state = json_of(call(sim.api, "GET", "/sim/state"))["apps"][0];
  EXPECT_EQ(state["completions"], 50);  // five seconds of two machines
  EXPECT_EQ(state["machine_seconds"], 10.0);
  EXPECT_EQ(state["machines"]["started"], 2);
  EXPECT_EQ(state["peak_queue_depth"], 99);
  EXPECT_GT(state["longest_wait_seconds"], 10.0);
  call(sim.api, "POST", sim.path(0, "stop"));
  pass(sim.world, 1h);
  state = json_of(call(sim.api, "GET", "/sim/state?app=worker"));
  EXPECT_EQ(state["completions"], 99);
  EXPECT_EQ(state["requeued"], 1);
  EXPECT_EQ(state["queue_depth"], 0);
}

TEST(Work, MetricsPage) {
  SimFixture sim(1, kStarted);
  call(sim.api, "POST", "/sim/apps", R"({"name":"b\"c","machines":2})");
  call(sim.api, "POST", "/sim/apps/worker/jobs", R"({"count":3})");
  call(sim.api, "GET", kMachines);
  pass(sim.world, 1500ms);
  const auto page = call(sim.api, "GET", "/metrics");
  EXPECT_THAT(page.content_type, StartsWith("text/plain; version=0.0.4"));
  for (const char* line :
       {"# HELP sim_queue_depth ", "# TYPE sim_queue_depth gauge\nsim_queue_depth{app=\"b\\\"c\"} 0\n",
        "\nsim_queue_depth{app=\"worker\"} 1\n", "\nsim_queue_oldest_seconds{app=\"worker\"} 1.5\n",
        "\nsim_jobs_arrived_total{app=\"worker\"} 3\n", "\nsim_jobs_completed_total{app=\"worker\"} 1\n",
        "# TYPE sim_job_wait_seconds histogram\n", "\nsim_job_wait_seconds_bucket{app=\"worker\",le=\"0.1\"} 1\n",
        "\nsim_job_wait_seconds_bucket{app=\"worker\",le=\"+Inf\"} 2\n",
        "\nsim_job_wait_seconds_sum{app=\"worker\"} 1\n", "\nsim_job_wait_seconds_count{app=\"worker\"} 2\n",
        "\nsim_machines{app=\"worker\",state=\"started\"} 1\n", "\nsim_machines{app=\"b\\\"c\",state=\"stopped\"} 2\n",
        "\nsim_machine_seconds_total{app=\"worker\"} 1.5\n",
        "\nsim_api_requests_total{action=\"list\",code=\"200\"} 1\n"}) {
    EXPECT_THAT(page.body, HasSubstr(line));
  }
}

TEST(Control, AppsAndMachines) {
  SimFixture sim(0);
  EXPECT_EQ(call(sim.api, "POST", "/sim/apps", R"({"name":"x","org":"acme","machines":3,"state":"started"})").status,
            200);
  EXPECT_EQ(json_of(call(sim.api, "GET", "/v1/apps/x/machines")).size(), 3U);
  EXPECT_EQ(call(sim.api, "POST", "/sim/apps", R"({"name":"x"})").status, 409);
  const auto added = json_of(call(sim.api, "POST", "/sim/apps/x/machines",
                                  R"({"count":2,"state":"suspended","region":"syd","host_status":"unreachable"})"));
  ASSERT_EQ(added.size(), 2U);
  EXPECT_EQ(added[0]["state"], "suspended");
  EXPECT_EQ(added[0]["host_status"], "unreachable");
  const std::string path = "/sim/apps/x/machines/" + added[0]["id"].get<std::string>();
  EXPECT_EQ(json_of(call(sim.api, "POST", path, R"({"host_status":"ok","lease":60,"state":"stopped"})"))["state"],
            "stopped");
  const std::string api_path = path.substr(4);
  EXPECT_EQ(call(sim.api, "POST", "/v1" + api_path + "/start").status, 409) << "somebody holds a lease";
  EXPECT_EQ(call(sim.api, "DELETE", path).status, 200);
  EXPECT_EQ(json_of(call(sim.api, "GET", "/v1/apps/x/machines")).size(), 4U);
  EXPECT_EQ(json_of(call(sim.api, "GET", "/v1/apps?org_slug=acme"))["total_apps"], 1);
  EXPECT_EQ(call(sim.api, "DELETE", "/sim/apps/x").status, 200);
  EXPECT_EQ(call(sim.api, "GET", "/v1/apps/x/machines").status, 404);
  pass(sim.world, 1h);
}

TEST(Control, Settings) {
  SimFixture sim(1);
  EXPECT_EQ(call(sim.api, "POST", "/sim/settings",
                 R"({"boot_time":"10s","capacity":{"iad":1},"latency":"5ms","stale_list":"0s"})")
                .status,
            200);
  EXPECT_EQ(call(sim.api, "POST", kMachines, R"({"config":{"image":"x"}})").status, 422);
  call(sim.api, "POST", sim.path(0, "start"));
  pass(sim.world, 9s);
  EXPECT_EQ(sim.state(0), kStarting);
}

TEST(Control, RefusesWhatItDoesNotKnow) {
  SimFixture sim(1);
  struct Case {
    const char* target;
    const char* body;
    const char* message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"/sim/settings", R"({"boottime":"1s"})", "\"boottime\": unknown; there are"},
           {"/sim/settings", R"({"boot_time":1})", "\"boot_time\": want a text"},
           {"/sim/settings", R"({"boot_time":"x"})", "no duration"},
           {"/sim/settings", R"({"capacity":3})", "\"capacity\""},
           {"/sim/settings", "[]", "no JSON object"},
           {"/sim/settings", "{", "no JSON"},
           {"/sim/faults", R"([{"kind":"explode"}])", "\"kind\""},
           {"/sim/faults", "[3]", "a rule is an object"},
           {"/sim/apps", "{}", "\"name\""},
           {"/sim/apps", R"({"name":"y","profile":"ramp"})", "unknown profile"},
           {"/sim/apps/worker/machines", R"({"state":"confused"})", "\"state\""},
           {"/sim/apps/worker/machines", R"({"count":1.5})", "\"count\": want a whole number"},
           {"/sim/apps/worker/release", "{}", "\"status\""},
       }) {
    const auto reply = call(sim.api, "POST", c.target, c.body);
    EXPECT_EQ(reply.status, 400) << c.target << c.body;
    EXPECT_THAT(reply.body.find(c.message) != std::string::npos ||
                    json_of(reply)["error"].get<std::string>().find(c.message) != std::string::npos,
                true)
        << reply.body;
  }
}

}  // namespace
}  // namespace fas::sim
