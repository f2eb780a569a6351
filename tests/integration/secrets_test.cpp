// Credentials are planted wherever the configuration takes one; none may come out again, whatever goes wrong.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "metrics/registry.h"
#include "tests/integration/harness.h"
#include "tests/support/process.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace fas::test {
namespace {

const std::string kBinary = FAS_BINARY_DIR "/fly-autoscaler";
const std::string kPlanted = "pl4nted";

// One collector of each kind with all its credentials, at a port where nobody listens, and at one where everything is
// answered with nonsense.
std::string collectors(const std::string& port, const std::string& key) {
  const std::string host = "127.0.0.1:" + port;
  std::string text;
  const auto add = [&](const std::string& type, const std::string& rest) {
    text += "- {type: \"" + type + "\", metric-name: \"" + type + "_" + port + "\", timeout: \"1s\", " + rest + "}\n";
  };
  add("prometheus", "address: \"http://" + host + "\", query: \"x\", token: \"pl4nted-1\"");
  add("http", "url: \"http://u:pl4nted-2@" + host +
                  "/x?key=pl4nted-3\", value: \"/x\", headers: {X-Key: \"pl4nted-4\"}, "
                  "token: \"pl4nted-5\"");
  add("redis", "address: \"redis://u:pl4nted-6@" + host + "/0\", list: [\"a\"]");
  add("postgres", "dsn: \"postgres://u:pl4nted-7@" + host + "/db\", query: \"select 1\"");
  add("mysql", "dsn: \"mysql://u:pl4nted-8@" + host + "/db\", query: \"select 1\"");
  add("rabbitmq", "host: \"http://u:pl4nted-9@" + host + "\", queue: \"a\"");
  add("nats", "host: \"http://" + host + "\", stream: \"a\", consumer: \"b\", token: \"pl4nted-10\"");
  add("sqs", "queue-url: \"http://" + host + "/1/a\", region: \"us-east-1\", endpoint: \"http://" + host +
                 "\", access-key-id: \"AK\", secret-access-key: \"pl4nted-11\", session-token: \"pl4nted-12\"");
  add("github", "owner: \"o\", repos: [\"r\"], api-url: \"http://" + host + "\", token: \"pl4nted-13\"");
  add("temporal", "address: \"" + host + "\", namespace: \"n\", api-key: \"pl4nted-14\"");
  add("kafka", "bootstrap-servers: \"" + host +
                   "\", consumer-group: \"g\", topic: \"t\", sasl: {mechanism: \"PLAIN\", "
                   "username: \"u\", password: \"pl4nted-15\"}");
  add("exec", "command: [\"/bin/sh\", \"-c\", \"exit 3\"], env: {PASSWORD: \"pl4nted-16\"}");
  text += "- {type: \"http\", metric-name: \"tls_" + port + "\", url: \"https://" + host + "/x\", tls: {cert: \"" +
          key + "\", key: \"" + key + "\"}}\n";
  return text;
}

void expect_none(const std::string& text, const std::string& where) {
  for (std::size_t at = text.find(kPlanted); at != std::string::npos; at = text.find(kPlanted, at + 1)) {
    ADD_FAILURE() << where << ": " << text.substr(at < 200 ? 0 : at - 200, 260);
  }
}

TEST(Secrets, EveryKindWithACredentialIsHere) {
  const std::string text = collectors("1", "key");
  for (const metrics::SourceKind& kind : metrics::source_kinds()) {
    for (const metrics::Field& field : kind.fields) {
      if (field.kind != metrics::FieldKind::kSecret && field.kind != metrics::FieldKind::kObject) continue;
      EXPECT_TRUE(text.contains("type: \"" + std::string(kind.type) + "\"")) << kind.type << " " << field.key;
    }
  }
}

TEST(Secrets, NoneComesOutAgain) {
  Harness harness;
  harness.start_sim(Harness::quick(2, MachineState::kStarted));
  RawServer nonsense(harness.loop, [](const RawRequest&) { return http_reply(200, "<html>what?</html>"); });
  const TempDir folder;
  const TempDir state;
  const std::string port = std::to_string(free_port());
  const std::string dead = std::to_string(free_port());
  const std::string key = folder.write("pl4nted-17.pem", "-----BEGIN PRIVATE KEY-----\npl4nted-18\n");
  const std::string good =
      "app-name: \"worker\"\nverbose: true\napi-token: \"pl4nted-0\"\nadmin-token: \"pl4nted-pl4nted-20\"\ntick-token: "
      "\"pl4nted-pl4nted-21\"\ngithub-webhook-secret: \"pl4nted-pl4nted-22\"\ninterval: "
      "\"100ms\"\n"
      "timeout: \"2s\"\nstarted-machine-count: \"1\"\nmetric-collectors:\n" +
      collectors(dead, "none") + collectors(std::to_string(nonsense.port()), "none");
  const std::string config = folder.write("fas.yml", good);
  const std::map<std::string, std::string> environment = {{"FLY_FLAPS_BASE_URL", harness.sim().url()},
                                                          {"FLY_API_BASE_URL", harness.sim().url()},
                                                          {"FAS_LISTEN", "127.0.0.1:" + port},
                                                          {"FAS_STATE_DIR", state.path().string()}};
  Process daemon({kBinary, "serve", "-config", config},
                 {.environment = environment, .output_file = folder.file("log")});
  const auto log_has = [&](const char* text) { return read_file(folder.file("log")).contains(text); };
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 1 && log_has("kafka"); }))
      << read_file(folder.file("log"));
  const std::size_t until = harness.requests("list").size() + 2;
  ASSERT_TRUE(harness.run_until([&] { return harness.requests("list").size() >= until; }));
  for (const char* page : {"/metrics", "/healthz", "/readyz", "/nowhere?token=x", "/api/v1/config", "/api/v1/status",
                           "/api/v1/apps", "/api/v1/apps/worker", "/api/v1/decisions?full=1"}) {
    std::string body;
    ASSERT_TRUE(http_get(static_cast<std::uint16_t>(std::stoi(port)), page, &body)) << page;
    EXPECT_FALSE(body.empty()) << page;
    expect_none(body, page);
  }
  // A reload that fails, by a line with a credential.
  folder.write("fas.yml", good + "api-tokn: \"pl4nted-19\"\n");
  daemon.signal(SIGHUP);
  ASSERT_TRUE(harness.run_until([&] { return log_has("cannot reload the configuration"); }));

  const std::vector<std::vector<std::string>> commands = {
      {"check", "-config", config},   {"collect", "-config", config}, {"plan", "-config", config},
      {"history", "-config", config}, {"explain", "-config", config}, {"eval", "-config", config}};
  for (const bool is_good : {false, true}) {
    if (is_good) folder.write("fas.yml", good);
    for (const auto& command : commands) {
      std::vector<std::string> argv = {kBinary};
      argv.insert(argv.end(), command.begin(), command.end());
      Process process(std::move(argv), {.environment = environment, .output_file = folder.file("out")});
      ASSERT_TRUE(harness.run_until([&] { return process.exit_status().has_value(); })) << command.front();
      const std::string output = read_file(folder.file("out"));
      EXPECT_FALSE(output.empty()) << command.front();
      expect_none(output, command.front());
    }
  }
  EXPECT_EQ(daemon.stop(), 0);
  expect_none(read_file(folder.file("log")), "the log");
  for (const auto& file : std::filesystem::recursive_directory_iterator(state.path())) {
    if (file.is_regular_file()) expect_none(read_file(file.path().string()), file.path().filename().string());
  }
}

}  // namespace
}  // namespace fas::test
