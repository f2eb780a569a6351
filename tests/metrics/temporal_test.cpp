// What the source temporal takes as its settings, and what its errors say, without a server.
#include <gtest/gtest.h>

#include <algorithm>

#include "metrics/temporal_client.h"
#include "tests/metrics/settings.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

using List = std::vector<std::string>;

TEST(TemporalAddress, Table) {
  struct Case {
    std::string_view text, address;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"localhost:7233", "localhost:7233"},
           {" temporal.internal\n", "temporal.internal:7233"},
           {"10.0.0.1:17233", "10.0.0.1:17233"},
           {"[fdaa::3]:7234", "[fdaa::3]:7234"},
           {"[fdaa::3]", "[fdaa::3]:7233"},
           {"dns:///my-ns.a1b2c.tmprl.cloud:7233", "my-ns.a1b2c.tmprl.cloud:7233"},
       }) {
    const Result<std::string> address = parse_temporal_address(c.text);
    ASSERT_TRUE(address) << c.text << ": " << address.error().message;
    EXPECT_EQ(*address, c.address);
  }
  for (const std::string_view bad : {"", ":7233", "h:", "h:0", "h:65536", "h:x", "http://h:7233", "h/x", "h:1/x",
                                     "[::1", "[]:1", "[::1]x", "fdaa::3", "a b", "user@h", "h:7233,g:7233", "h\r\nx"}) {
    const Result<std::string> address = parse_temporal_address(bad);
    ASSERT_FALSE(address) << bad;
    EXPECT_EQ(address.error().kind, ErrorKind::kInvalid);
    EXPECT_TRUE(address.error().message.starts_with("temporal address ")) << address.error().message;
  }
}

std::string verdict(Settings given) {
  given.values.emplace("address", text("h"));
  given.values.emplace("namespace", text("default"));
  const Result<void> valid = validate(*find_source_kind("temporal"), given);
  return valid ? "" : valid.error().message;
}

TEST(TemporalSettings, WhatGoesTogether) {
  const test::TestCa::Identity one = test::TestCa().issue("DNS:one");
  const test::TestCa::Identity two = test::TestCa().issue("DNS:two");
  const auto tls = [](const Settings& given) { return std::make_shared<const Settings>(given); };
  struct Case {
    Settings settings;
    std::string_view message;  // a part; empty: valid
  };
  for (const Case& c : std::initializer_list<Case>{
           {settings({}), ""},
           {settings({{"query", text("WorkflowType=\"mail\"")}}), ""},
           {settings({{"task-queue", text("mail")}}), ""},
           {settings({{"task-queue", text("mail")}, {"task-queue-types", List{"nexus", "workflow"}}}), ""},
           {settings({{"cert-data", one.cert}, {"key-data", one.key}}), ""},
           {settings({{"cert-data", one.cert}, {"key-data", one.key}, {"tls", tls(settings({{"ca", text("/x")}}))}}),
            ""},
           {settings({{"api-key", text("s3cret-key\n")}}), ""},
           {settings({{"address", text("")}}), "temporal address required"},
           {settings({{"namespace", text("")}}), "temporal namespace required"},
           {settings({{"address", text("http://h")}}), "without a scheme"},
           {settings({{"query", text("x")}, {"task-queue", text("mail")}}), "query and task-queue exclude each other"},
           {settings({{"value", text("add-rate")}}), "value needs task-queue"},
           {settings({{"task-queue-types", List{"nexus"}}}), "task-queue-types needs task-queue"},
           {settings({{"task-queue", text("mail")}, {"task-queue-types", List{"worker"}}}), "not \"worker\""},
           {settings({{"task-queue", text("mail")}, {"task-queue-types", List{"nexus", "nexus"}}}), "one twice"},
           {settings({{"task-queue", text("mail")}, {"task-queue-types", List{}}}), "is empty"},
           {settings({{"cert-data", one.cert}}), "go together"},
           {settings({{"key-data", one.key}}), "go together"},
           {settings({{"cert-data", text("/cert.pem")}, {"key-data", text("/key.pem")}}), "must be PEM text"},
           {settings({{"cert-data", one.cert}, {"key-data", two.key}}), "no certificate with its key"},
           {settings({{"cert-data", text("-----BEGIN CERTIFICATE----- x")}, {"key-data", one.key}}), "no certificate"},
           {settings({{"cert-data", one.cert}, {"key-data", one.key}, {"tls", tls(settings({{"cert", text("/x")}}))}}),
            "give one pair"},
           {settings({{"api-key", text("s3cret\nkey")}}), "api-key holds"},
       }) {
    const std::string message = verdict(c.settings);
    if (c.message.empty()) {
      EXPECT_EQ(message, "");
    } else {
      EXPECT_NE(message.find(c.message), std::string::npos) << c.message << " in: " << message;
    }
    for (const std::string& secret : {std::string("s3cret"), one.key}) {
      EXPECT_EQ(message.find(secret), std::string::npos) << message;
    }
  }
}

TEST(TemporalSettings, TlsIsOnWhereSomethingNeedsIt) {
  const Settings plain = settings({{"address", text("h")}, {"namespace", text("n")}});
  EXPECT_EQ(temporal_server(plain)->tls, nullptr);
  Settings key = plain;
  key.values.emplace("api-key", text("s3cret-key"));
  EXPECT_NE(temporal_server(key)->tls, nullptr);
  Settings empty = plain;
  empty.values.emplace("tls", std::make_shared<const Settings>());
  EXPECT_NE(temporal_server(empty)->tls, nullptr);
}

// The variables of the Go program, and ours in its style.
TEST(TemporalSettings, Variables) {
  const SourceKind* kind = find_source_kind("temporal");
  ASSERT_NE(kind, nullptr);
  List variables;
  for (const Field& field : kind->fields) variables.emplace_back(field.env);
  EXPECT_EQ(variables, (List{"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_QUERY", "TEMPORAL_TASK_QUEUE",
                             "TEMPORAL_TASK_QUEUE_TYPES", "TEMPORAL_VALUE", "TEMPORAL_API_KEY", "TEMPORAL_CERT_DATA",
                             "TEMPORAL_KEY_DATA"}));
}

TEST(TemporalError, EveryNumberHasAMeaning) {
  for (int code = -1; code <= 20; ++code) {
    const Error error = temporal_error(code, "a\nreason");
    EXPECT_TRUE(error.message.contains(": a reason")) << error.message;
    EXPECT_NE(error.kind, ErrorKind::kInternal) << code;
  }
  EXPECT_LT(temporal_error(2, std::string(10'000, 'x')).message.size(), 600U);
  EXPECT_EQ(temporal_error(2, "").message, "UNKNOWN: no reason given");
}

}  // namespace
}  // namespace fas::metrics
