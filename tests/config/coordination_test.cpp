// The key `coordination`.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/http.h"
#include "tests/config/support.h"

namespace fas::config {
namespace {

using std::chrono::seconds;
using test::error_of;
using test::load_yaml;

const std::string kBase = "app-name: w\nstarted-machine-count: \"1\"\ncoordination:\n";  // lines 1 to 3

TEST(Coordination, IsOffByDefault) {
  const Result<Config> config = load_yaml("app-name: w\nstarted-machine-count: \"1\"\n");
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->coordination);
}

TEST(Coordination, Etcd) {
  const Result<Config> config = load_yaml(
      kBase +
          "  endpoints: [\"http://e1.internal:2379/\", \"e2.internal:2379\"]\n  group: g\n  member: m\n  lease: 30s\n"
          "  address: \"http://10.0.0.5:9090/\"\n  user: u\n  password: \"$PASSWORD\"\n"
          "  tls: { ca: /etc/ca.pem, server-name: etcd }\n",
      {{"PASSWORD", "s3cret"}});
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_TRUE(config->coordination);
  const Coordination& read = *config->coordination;
  EXPECT_EQ(read.engine, CoordinationEngine::kEtcd);
  EXPECT_EQ(read.endpoints, (std::vector<std::string>{"e1.internal:2379", "e2.internal:2379"}));
  EXPECT_EQ(read.group, "g");
  EXPECT_EQ(read.member, "m");
  EXPECT_EQ(read.address, "http://10.0.0.5:9090");
  EXPECT_EQ(read.lease, seconds(30));
  EXPECT_EQ(read.user, "u");
  EXPECT_EQ(read.password, "s3cret");
  ASSERT_NE(read.tls, nullptr);
  EXPECT_EQ(read.tls->server_name, "etcd");
}

TEST(Coordination, Postgres) {
  const Result<Config> config = load_yaml(kBase + "  engine: postgres\n  dsn: postgres://u:p@db:5432/fas\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->coordination->engine, CoordinationEngine::kPostgres);
  EXPECT_EQ(config->coordination->dsn, "postgres://u:p@db:5432/fas");
  EXPECT_EQ(config->coordination->group, "default");
  EXPECT_EQ(config->coordination->lease, seconds(20));
}

TEST(Coordination, MistakesAreShownAtTheirPlace) {
  struct Case {
    const char* yaml;
    const char* error;  // part of it
  };
  for (const Case& c : {
           Case{"  group: g\n", "coordination: endpoints required"},
           Case{"  endpoints: [e1]\n", "fas.yml:4:14: coordination.endpoints: write each as HOST:PORT"},
           Case{"  endpoints: [\"e1:2379\"]\n  lease: 4s\n", "must be whole seconds from 5s to 5m"},
           Case{"  endpoints: [\"e1:2379\"]\n  lease: 5500ms\n", "must be whole seconds from 5s to 5m"},
           Case{"  endpoints: [\"e1:2379\"]\n  group: a/b\n", "printable ASCII characters without spaces and slashes"},
           Case{"  endpoints: [\"e1:2379\"]\n  address: 10.0.0.5\n", "must be an http:// or https:// URL"},
           Case{"  endpoints: [\"e1:2379\"]\n  user: u\n", "user and password go together"},
           Case{"  endpoints: [\"e1:2379\"]\n  dsn: postgres://db\n", "dsn is for engine: \"postgres\""},
           Case{"  engine: postgres\n", "dsn required"},
           Case{"  engine: postgres\n  dsn: postgres://db\n  endpoints: [\"e1:2379\"]\n", "are for engine: \"etcd\""},
           Case{"  engine: consul\n", "coordination.engine"},
           Case{"  endpoint: [\"e1:2379\"]\n", "did you mean"},
       }) {
    const Result<Config> config = load_yaml(kBase + c.yaml);
    EXPECT_NE(error_of(config).find(c.error), std::string::npos) << c.yaml << error_of(config);
  }
}

TEST(Coordination, SecretsAreNotShown) {
  const Result<Config> config = load_yaml(kBase + "  engine: postgres\n  dsn: postgres://u:s3cret@db:5432/fas\n");
  ASSERT_TRUE(config);
  for (const ShownSetting& setting : config->written) {
    EXPECT_EQ(setting.value.find("s3cret"), std::string::npos) << setting.name;
  }
}

}  // namespace
}  // namespace fas::config
