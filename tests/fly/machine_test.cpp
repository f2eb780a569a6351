#include "fly/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace fas::fly {
namespace {

using testing::HasSubstr;

constexpr std::string_view kFull = R"([{
  "id": "148e21ea7e9789", "name": "quiet-night-1", "state": "started", "region": "fra",
  "image_ref": {"registry": "registry.fly.io", "repository": "worker", "tag": "deployment-1", "digest": "sha256:ab",
                "labels": {"a": "b"}},
  "instance_id": "01HX", "version": "01HX", "private_ip": "fdaa::3", "created_at": "2024-02-29T12:34:56Z",
  "updated_at": "2024-02-29T12:34:57.5Z", "nonce": "abc", "host_status": "ok",
  "config": {"image": "x", "env": {"A": "1"}, "metadata": {"fly_process_group": "worker", "process_group": "old"},
             "services": [{"autostop": "suspend"}], "mounts": [{"volume": "vol_1", "path": "/data"}],
             "standbys": ["148e21ea7e0000"]} ,
  "events": [{"type": "start", "timestamp": 1709210096000}], "checks": []
}])";

Machine only(std::string_view text) {
  auto list = parse_machine_list(std::string(text));
  EXPECT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->machines.size(), 1U);
  return list && !list->machines.empty() ? list->machines.front() : Machine{};
}

TEST(ParseMachineList, ReadsWhatDecisionsNeed) {
  const Machine machine = only(kFull);
  EXPECT_EQ(machine.id, "148e21ea7e9789");
  EXPECT_EQ(machine.name, "quiet-night-1");
  EXPECT_EQ(machine.state, MachineState::kStarted);
  EXPECT_EQ(machine.region, "fra");
  EXPECT_EQ(machine.instance_id, "01HX");
  EXPECT_EQ(machine.image, "registry.fly.io/worker:deployment-1@sha256:ab");
  EXPECT_EQ(machine.process_group, "worker");
  EXPECT_EQ(machine.host_status, "ok");
  ASSERT_TRUE(machine.created_at && machine.updated_at);
  EXPECT_EQ(*machine.updated_at - *machine.created_at, std::chrono::milliseconds(1500));
  EXPECT_TRUE(machine.has_mounts);
  EXPECT_TRUE(machine.is_standby);
  EXPECT_TRUE(machine.has_services);
  EXPECT_TRUE(machine.leased);
  EXPECT_FALSE(machine.incomplete_config);
  EXPECT_TRUE(machine.config.text.starts_with("{\"image\": \"x\"")) << machine.config.text;
  EXPECT_TRUE(machine.config.text.ends_with("[\"148e21ea7e0000\"]}")) << machine.config.text;
}

// Each field in turn takes a type that nobody expects; the rest of the machine is read all the same.
TEST(ParseMachineList, AFieldOfAnUnexpectedTypeCostsNothingButItself) {
  const std::vector<std::string> values = {
      "null", "true", "1", "-1.5e400", "\"x\"", "[]", "[[[1]]]", "{\"a\": 1}", "{\"a\": {\"b\": []}}", "\"\\ud800\""};
  const std::vector<std::string> keys = {"name",       "region",      "image_ref", "instance_id",       "created_at",
                                         "updated_at", "host_status", "nonce",     "incomplete_config", "config",
                                         "events",     "unknown"};
  for (const std::string& key : keys) {
    for (const std::string& value : values) {
      const std::string text =
          R"([{"id": "a", ")" + key + "\": " + value + R"(, "state": "stopped"}, {"id": "b", "state": "started"}])";
      const auto list = parse_machine_list(text);
      ASSERT_TRUE(list) << text;
      ASSERT_EQ(list->machines.size(), 2U) << text;
      EXPECT_EQ(list->machines[0].state, MachineState::kStopped) << text;
      EXPECT_EQ(list->machines[1].id, "b") << text;
    }
  }
}

TEST(ParseMachineList, AFieldOfTheConfigOfAnUnexpectedTypeToo) {
  for (const std::string key : {"metadata", "mounts", "standbys", "services"}) {
    for (const std::string value : {"null", "true", "1", "\"x\"", "[]", "{}", "[null]", "{\"fly_process_group\": 7}"}) {
      const std::string config = "{\"" + key + "\": " + value + R"(, "image": "x"})";
      const Machine machine = only(R"([{"id": "a", "config": )" + config + R"(, "state": "stopped"}])");
      EXPECT_EQ(machine.config.text, config);
      EXPECT_EQ(machine.state, MachineState::kStopped);
      EXPECT_EQ(machine.process_group, "");
      EXPECT_EQ(machine.has_mounts, key == "mounts" && value == "[null]");
    }
  }
}

TEST(ParseMachineList, ProcessGroupFallsBackToTheOldName) {
  const Machine machine = only(R"([{"id":"a","state":"x","config":{"metadata":{"process_group":"web"}}}])");
  EXPECT_EQ(machine.process_group, "web");
  EXPECT_EQ(machine.state, MachineState::kUnknown);
}

TEST(ParseMachineList, ImageReference) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"registry":"r","repository":"a/b","tag":"t"})", "r/a/b:t"},
      {R"({"registry":"r","repository":"a","digest":"sha256:x"})", "r/a@sha256:x"},
      {R"({"registry":"r","repository":"a","tag":"","digest":""})", "r/a"},
      {R"({"repository":"a"})", "a"},
      {R"({"registry":"r"})", ""},
      {R"({})", ""},
  };
  for (const auto& [ref, image] : cases) {
    EXPECT_EQ(only(R"([{"id":"a","state":"started","image_ref":)" + ref + "}]").image, image) << ref;
  }
}

TEST(ParseMachineList, IncompleteConfig) {
  const std::vector<std::pair<std::string, bool>> cases = {
      {"null", false}, {"false", false}, {"true", true}, {"{\"image\":\"x\"}", true}, {"{}", true}};
  for (const auto& [value, incomplete] : cases) {
    EXPECT_EQ(only(R"([{"id":"a","state":"started","incomplete_config":)" + value + "}]").incomplete_config, incomplete)
        << value;
  }
}

TEST(ParseMachineList, AnEntryThatIsNoMachineSpoilsTheList) {
  for (const char* entry :
       {"null", "1", "\"x\"", "[]", "{}", R"({"id":"a"})", R"({"state":"started"})", R"({"id":1,"state":"started"})",
        R"({"id":"b","state":2})", R"({"id":"","state":"started"})"}) {
    const auto list = parse_machine_list(R"([{"id":"c","state":"started"},)" + std::string(entry) + "]");
    ASSERT_FALSE(list) << entry;
    EXPECT_EQ(list.error().kind, ErrorKind::kMalformed) << entry;
  }
}

TEST(ParseMachineList, EmptyIsFine) {
  const auto list = parse_machine_list(" [ ] ");
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->machines.empty());
}

const std::vector<std::pair<std::string, std::string>>& garbage() {
  static const std::string machine(kFull);
  static const std::vector<std::pair<std::string, std::string>> cases = {
      {"empty", ""},
      {"white space", " \n"},
      {"HTML", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"},
      {"an error object", R"({"error": "boom"})"},
      {"null", "null"},
      {"a text", "\"x\""},
      {"a number", "17"},
      {"not UTF-8", "[\"\xff\xfe\"]"},
      {"100,000 opening brackets", std::string(100'000, '[')},
      {"100,000 opening braces", std::string(100'000, '{')},
      {"a machine within 100,000 brackets", std::string(100'000, '[') + std::string(100'000, ']') + "x"},
      {"trailing content", "[] []"},
      {"no comma", R"([{"id":"a" "state":"started"}])"},
      {"no colon", R"([{"id" "a"}])"},
      {"cut short", machine.substr(0, machine.size() - 2)},
      {"NUL bytes", std::string(100, '\0')},
  };
  return cases;
}

TEST(ParseMachineList, GarbageIsMalformed) {
  for (const auto& [name, text] : garbage()) {
    const auto list = parse_machine_list(text);
    ASSERT_FALSE(list) << name;
    EXPECT_EQ(list.error().kind, ErrorKind::kMalformed) << name;
    EXPECT_LT(list.error().message.size(), 300U) << name;
    EXPECT_FALSE(parse_machine(text)) << name;
  }
  EXPECT_THAT(parse_machine_list("<html>").error().message, HasSubstr("\"<html>\""));
}

// Every way to cut a good reply short ends in an error, never in half of the machines.
TEST(ParseMachineList, NoPrefixOfAListIsAList) {
  for (std::size_t size = 0; size < kFull.size(); ++size) {
    EXPECT_FALSE(parse_machine_list(std::string(kFull.substr(0, size)))) << size;
  }
}

TEST(ParseMachine, ReadsOne) {
  const auto machine = parse_machine(R"({"id": "a", "state": "created", "config": {}})");
  ASSERT_TRUE(machine);
  EXPECT_EQ(machine->state, MachineState::kCreated);
  EXPECT_EQ(machine->config.text, "{}");
}

TEST(Clone, TheConfigurationSurvivesWholeButForImageAndStandbys) {
  const std::string config =
      R"({"a": 1e400, "b": 12345678901234567890123, "image": "old", "c": [1.10, {"x": null}], "standbys": ["m"],)"
      R"( "services": [{"autostop": "suspend"}, {"autostop": true}], "\u00fc": "\ud83d\ude00", "n": -0.0 , "t": true})";
  const Machine source = only(R"([{"id": "a", "state": "stopped", "image_ref": {"registry": "r", "repository": "i"},)"
                              R"( "config": )" +
                              config + "}]");
  const auto body = clone_request(source, {.name = "n\"1", .region = "fra", .skip_launch = true});
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(*body,
            R"({"name":"n\"1","region":"fra","config":{"a":1e400,"b":12345678901234567890123,)"
            R"("c":[1.10, {"x": null}],"services":[{"autostop": "suspend"}, {"autostop": true}],"ü":"\ud83d\ude00",)"
            R"("n":-0.0,"t":true,"image":"r/i"},"skip_launch":true})");
}

TEST(Clone, AnEscapedNameIsTheSameField) {
  const Machine source = only(R"([{"id":"a","state":"stopped","image_ref":{"repository":"new"},)"
                              R"("config":{"im\u0061ge":"old","standb\u0079s":[]}}])");
  EXPECT_EQ(clone_request(source, {}).value(), R"({"config":{"image":"new"}})");
}

TEST(Clone, WithoutAnImageReferenceTheConfigurationsImageStays) {
  const Machine source = only(R"([{"id":"a","state":"stopped","config":{"image":"x"}}])");
  EXPECT_EQ(clone_request(source, {}).value(), R"({"config":{"image":"x"}})");
}

TEST(Clone, DepthDoesNotMatter) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  Machine source;
  source.id = "a";
  const auto text = std::make_shared<const std::string>("{\"a\":" + deep + "}");
  source.config = {.owner = text, .text = *text};
  EXPECT_EQ(clone_request(source, {}).value(), "{\"config\":{\"a\":" + deep + "}}");
}

TEST(Clone, RefusesWhatIsNotFit) {
  struct Case {
    std::string name;
    std::function<void(Machine&)> spoil;
    std::string why;
  };
  const std::vector<Case> cases = {
      {"no config", [](Machine& m) { m.config = {}; }, "no configuration"},
      {"incomplete", [](Machine& m) { m.incomplete_config = true; }, "incomplete"},
      {"a volume", [](Machine& m) { m.has_mounts = true; }, "volume"},
      {"no object", [](Machine& m) { m.config.text = "[1]"; }, "not a JSON object"},
      {"cut short", [](Machine& m) { m.config.text = "{\"a\": 1"; }, "not a JSON object"},
      {"more than one value", [](Machine& m) { m.config.text = "{} {}"; }, "not a JSON object"},
  };
  for (const Case& c : cases) {
    Machine source = only(R"([{"id":"a1","state":"stopped","config":{"image":"x"}}])");
    c.spoil(source);
    const auto body = clone_request(source, {});
    ASSERT_FALSE(body) << c.name;
    EXPECT_EQ(body.error().kind, ErrorKind::kInvalid) << c.name;
    EXPECT_THAT(body.error().message, HasSubstr("machine a1")) << c.name;
    EXPECT_THAT(body.error().message, HasSubstr(c.why)) << c.name;
  }
}

}  // namespace
}  // namespace fas::fly
