#include "serve/group_events.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "net/event.h"
#include "scale/time_text.h"

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

// The lines that are others than at the last look; at the first, none: the page has just been loaded.
class ChangedLines {
 public:
  Json of(const std::vector<Json>& lines) {
    Json changed = Json::array();
    for (const Json& line : lines) {
      std::string text = dump(line);
      std::string& before = known_[line.value("name", std::string())];
      if (before == text) continue;
      before = std::move(text);
      if (!first_) changed.push_back(line);
    }
    first_ = false;
    return changed;
  }

 private:
  std::map<std::string, std::string> known_;
  bool first_ = true;
};

// Likewise the decisions that no look has shown before. Each look asks for the last minute again, as clocks differ a
// little and one that was asked may not have answered.
class NewDecisions {
 public:
  static constexpr std::chrono::minutes kSpan{1};

  // `since` is what was asked for.
  std::vector<Json> of(std::vector<Json> decisions, WallTime since) {
    std::vector<Json> fresh;
    for (Json& decision : decisions) {
      const bool is_new =
          known_.emplace(decision.value("at", std::string()), decision.value("app", std::string())).second;
      if (is_new && !first_) fresh.push_back(std::move(decision));
    }
    known_.erase(known_.begin(), known_.lower_bound({scale::time_text(since), ""}));
    first_ = false;
    std::ranges::sort(fresh, {}, [](const Json& decision) { return decision.value("at", std::string()); });
    return fresh;
  }

 private:
  std::set<std::pair<std::string, std::string>> known_;  // when, and of which app
  bool first_ = true;
};

asio::awaitable<void> follow(AskOthers ask, Clock& clock, net::ResponseStream& out) {
  ChangedLines changed_lines;
  NewDecisions new_decisions;
  for (;;) {
    std::string text;
    const std::vector<Json> lines = co_await ask.lines();
    const Json changed = changed_lines.of(lines);
    if (!changed.empty()) text += "event: apps\ndata: " + dump(changed) + "\n\n";
    const WallTime since = clock.wall_now() - NewDecisions::kSpan;
    std::vector<Json> decisions = co_await ask.decisions(since);
    for (const Json& decision : new_decisions.of(std::move(decisions), since)) {
      text += "event: decision\ndata: " + dump(decision) + "\n\n";
    }
    if (!text.empty()) {
      const bool there = co_await out.write(std::move(text));
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
