#include "tests/support/kafka_server.h"

#include "tests/support/server_start.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace fas::test {
namespace {

constexpr const char* kVersion = "4.0.0";

constexpr const char* kPom = R"(<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>fly-autoscaler.test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>@VERSION@</version>
    </dependency>
  </dependencies>
</project>
)";

std::filesystem::path jars() {
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return std::filesystem::path(home == nullptr ? "/tmp" : home) / ".cache/fly-autoscaler-test/kafka" / kVersion;
}

// Into a folder of its own first: a download that was cut short must not look like a whole one.
bool fetch() {
  const TempDir folder;
  std::string pom = kPom;
  pom.replace(pom.find("@VERSION@"), std::string_view("@VERSION@").size(), kVersion);
  const std::filesystem::path unfinished = jars().string() + "." + std::to_string(getpid());
  ProcessOptions options;
  options.working_directory = folder.path().string();
  options.output_file = folder.file("log");
  Process maven({"mvn", "-q", "-B", "-f", folder.write("pom.xml", pom), "dependency:copy-dependencies",
                 "-DincludeScope=runtime", "-DoutputDirectory=" + unfinished.string()},
                std::move(options));
  std::error_code ignored;
  const bool fetched = maven.wait(std::chrono::minutes(5)) == 0;
  if (fetched) std::filesystem::rename(unfinished, jars(), ignored);
  std::filesystem::remove_all(unfinished, ignored);
  return fetched;
}

}  // namespace

std::string KafkaServer::missing() {
  if (!has_program("java")) return "java is not installed";
  if (std::filesystem::exists(jars())) return "";
  if (!has_program("mvn")) return "mvn is not installed, which would fetch Kafka";
  std::filesystem::create_directories(jars().parent_path());
  return fetch() ? "" : "Maven could not fetch org.apache.kafka:kafka_2.13:" + std::string(kVersion);
}

KafkaServer::KafkaServer(const TestCa::Identity& tls) {
  const std::string keystore = folder_.write("keystore.pem", tls.key + tls.cert);
  start_on_free_ports([&] {
    for (std::uint16_t* port : {&plain_port_, &login_port_, &tls_port_, &controller_port_}) *port = free_port();
    write_properties(keystore);
    std::filesystem::remove_all(folder_.path() / "data");
    format();
    start();
  });
}

std::string KafkaServer::write_properties(const std::string& keystore) {
  const std::string client_listeners = "PLAIN://" + plain() + ",LOGIN://" + login() + ",TLS://" + this->tls();
  const std::string controller = address(controller_port_);
  const std::string modules = "org.apache.kafka.common.security.";
  return folder_.write(
      "server.properties",
      "process.roles=broker,controller\nnode.id=1\ncontroller.listener.names=CONTROLLER\n"
      "inter.broker.listener.name=PLAIN\nauto.create.topics.enable=false\n"
      "listener.security.protocol.map=PLAIN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT\n"
      "offsets.topic.num.partitions=1\noffsets.topic.replication.factor=1\n"
      "transaction.state.log.num.partitions=1\ntransaction.state.log.replication.factor=1\n"
      "transaction.state.log.min.isr=1\ngroup.initial.rebalance.delay.ms=0\n"
      // After a crash the node may come back once its session has ended.
      "broker.session.timeout.ms=2000\nbroker.heartbeat.interval.ms=500\n"
      "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER\n"
      "listener.name.tls.ssl.keystore.type=PEM\nlistener.name.tls.ssl.keystore.location=" +
          keystore + "\ncontroller.quorum.voters=1@" + controller + "\nlisteners=" + client_listeners +
          ",CONTROLLER://" + controller + "\nadvertised.listeners=" + client_listeners +
          "\nlog.dirs=" + folder_.file("data") + "\nlistener.name.login.plain.sasl.jaas.config=" + modules +
          "plain.PlainLoginModule required user_autoscaler=\"s3cret-plain\";\n"
          "listener.name.login.scram-sha-256.sasl.jaas.config=" +
          modules + "scram.ScramLoginModule required;\nlistener.name.login.scram-sha-512.sasl.jaas.config=" + modules +
          "scram.ScramLoginModule required;\nlistener.name.login.oauthbearer.sasl.jaas.config=" + modules +
          "oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";\n");
}

std::unique_ptr<Process> KafkaServer::java(std::vector<std::string> arguments) const {
  std::vector<std::string> argv = {"java",         "-Xmx256m", "-XX:+UseSerialGC",    "-XX:TieredStopAtLevel=1",
                                   "-Xshare:auto", "-cp",      jars().string() + "/*"};
  std::ranges::move(arguments, std::back_inserter(argv));
  ProcessOptions options;
  options.working_directory = folder_.path().string();
  options.output_file = folder_.file("log");
  return std::make_unique<Process>(std::move(argv), std::move(options));
}

void KafkaServer::format() {
  const std::string user = "=[name=autoscaler,password=s3cret-scram]";
  const auto tool = java({"kafka.tools.StorageTool", "format", "-t", "Zmx5LWF1dG9zY2FsZXIgIA", "-c",
                          folder_.file("server.properties"), "--add-scram", "SCRAM-SHA-256" + user, "--add-scram",
                          "SCRAM-SHA-512" + user});
  if (tool->wait(std::chrono::minutes(2)) != 0) {
    throw std::runtime_error("kafka.tools.StorageTool: " + tail(folder_.file("log")));
  }
}

void KafkaServer::start() {
  process_ = java({"kafka.Kafka", folder_.file("server.properties")});
  const auto ready = [&] {
    return std::ranges::all_of(std::initializer_list<std::uint16_t>{plain_port_, login_port_, tls_port_}, port_accepts);
  };
  if (process_->wait_until(ready, std::chrono::minutes(2))) return;
  process_->stop();
  throw std::runtime_error("Kafka did not start: " + tail(folder_.file("log")));
}

void KafkaServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

}  // namespace fas::test
