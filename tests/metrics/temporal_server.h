// A Temporal frontend for tests: a real gRPC server that answers as the test says. Its calls come in on gRPC's threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/test_ca.h"

namespace fas::test {

struct TemporalCall {
  std::string method;  // "count" or "describe"
  std::string name_space, query, task_queue;
  int task_queue_kind = 0, task_queue_type = 0, api_mode = 0;
  bool report_stats = false, unversioned = false, all_active = false;
  std::vector<int> task_queue_types;
  std::map<std::string, std::string> metadata;
};

struct TemporalStats {
  std::int64_t count = 0;
  double age = 0;
  float add_rate = 0, dispatch_rate = 0;
};

struct TemporalReply {
  int status = 0;  // gRPC's number
  std::string status_text;
  std::int64_t count = 0;
  std::optional<TemporalStats> stats;
  std::map<std::string, std::map<int, TemporalStats>> versions;  // by build id and task queue type
  bool hang = false;                                             // until the caller gives up
};

struct TemporalServerOptions {
  std::optional<TestCa::Identity> identity;  // where given, the port speaks TLS
  std::string client_ca;                     // where given, it insists on a client certificate
};

class FakeTemporal {
 public:
  using Script = std::function<TemporalReply(const TemporalCall&)>;

  // Listens on a free port of 127.0.0.1 once the constructor returns.
  explicit FakeTemporal(Script script, TemporalServerOptions options = {});
  ~FakeTemporal();

  std::string address() const;  // "127.0.0.1:PORT"
  std::vector<TemporalCall> calls() const;
  int connections() const;  // that brought calls

  // Waits until so many hung calls have been given up by their callers; false after ten seconds.
  bool wait_for_cancelled(int count);

  void stop();     // drops its connections and stops listening
  void restart();  // on the same port

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fas::test
