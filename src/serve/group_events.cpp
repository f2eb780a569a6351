#include "serve/group_events.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "net/event.h"

namespace fas::serve {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)

constexpr std::chrono::seconds kBetweenLooks{3};

using Stream = std::function<asio::awaitable<void>(net::ResponseStream&)>;

// Lets two write to one stream, an event at a time.
class InTurn final : public net::ResponseStream {
 public:
  InTurn(net::ResponseStream& out, const asio::any_io_executor& executor) : out_(out), free_(executor) {}

  asio::awaitable<bool> write(std::string bytes) override {
    while (busy_) {
      free_.clear();
      co_await free_.wait();
    }
    busy_ = true;
    const bool there = co_await out_.write(std::move(bytes));
    busy_ = false;
    free_.notify();
    co_return there;
  }

 private:
  net::ResponseStream& out_;
  net::Event free_;
  bool busy_ = false;
};

asio::awaitable<void> follow(AskOthers ask, Clock& clock, net::ResponseStream& out) {
  std::map<std::string, std::string> known;
  bool first = true;  // the page has just been loaded
  for (;;) {
    const std::vector<Json> lines = co_await ask();
    Json changed = Json::array();
    for (const Json& line : lines) {
      std::string text = dump(line);
      std::string& before = known[line.value("name", std::string())];
      if (before == text) continue;
      before = std::move(text);
      if (!first) changed.push_back(line);
    }
    first = false;
    if (!changed.empty()) {
      std::string event = "event: apps\ndata: " + dump(changed) + "\n\n";
      const bool there = co_await out.write(std::move(event));
      if (!there) co_return;
    }
    co_await clock.sleep_until(clock.now() + kBetweenLooks);
  }
}

asio::awaitable<void> both(Stream own, AskOthers ask, asio::any_io_executor executor, Clock& clock,
                           net::ResponseStream& out) {
  InTurn in_turn(out, executor);
  co_await (own(in_turn) || follow(std::move(ask), clock, in_turn));
}

}  // namespace

net::ServerResponse with_others(net::ServerResponse own, AskOthers ask, asio::any_io_executor executor, Clock& clock) {
  if (!own.stream) return own;
  own.stream = [stream = std::move(own.stream), ask = std::move(ask), executor = std::move(executor),
                &clock](net::ResponseStream& out) { return both(stream, ask, executor, clock, out); };
  return own;
}

}  // namespace fas::serve
