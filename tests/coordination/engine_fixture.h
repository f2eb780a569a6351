// What the tests of both engines share: a real server, as many engines on one loop as a test wants, and calls that a
// test waits for.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordination/engine.h"
#include "net/system_clock.h"
#include "tests/support/run.h"

namespace fas::coordination {

// One of the servers behind engines.
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  virtual std::unique_ptr<Engine> engine(boost::asio::io_context& loop, Clock& clock, const std::string& group) = 0;
  virtual void kill() = 0;     // as a crash
  virtual void restart() = 0;  // with the data it had
  virtual void hang() = 0;     // it takes calls and does not answer
  virtual void resume() = 0;
};

// Of what was taken, the apps.
std::set<std::string> names(const Holdings& holdings);

// Null where the server is not installed.
std::unique_ptr<Backend> make_etcd_backend();
std::unique_ptr<Backend> make_postgres_backend();

class EngineTestBase {
 public:
  Deadline in(Duration time = std::chrono::seconds(10)) const { return clock_.now() + time; }

  template <class T>
  T run(boost::asio::awaitable<T> operation) {
    return test::run(loop_, std::move(operation));
  }

  Result<Lease> join(Engine& engine, const std::string& name, Duration ttl = std::chrono::seconds(20)) {
    Member member{.name = name, .address = "http://" + name + ":9090", .lease = {}};
    return run(engine.join(std::move(member), ttl, in()));
  }

  View view(Engine& engine) {
    Result<View> view = run(engine.view(in()));
    EXPECT_TRUE(view) << view.error().message;
    return view ? std::move(*view) : View{};
  }

  // What of the apps is the lease's; nothing on an error.
  Holdings claim(Engine& engine, const Lease& lease, std::vector<std::string> apps) {
    Result<Holdings> holdings = run(engine.claim(lease, std::move(apps), in()));
    EXPECT_TRUE(holdings) << holdings.error().message;
    return holdings ? std::move(*holdings) : Holdings{};
  }

  // Looks every now and then, for 20 s.
  bool until(const std::function<bool()>& condition);

 protected:
  boost::asio::io_context loop_;
  net::SystemClock clock_{loop_};
};

}  // namespace fas::coordination
