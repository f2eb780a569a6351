#include "serve/events.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <deque>
#include <set>
#include <utility>

#include "net/event.h"
#include "scale/time_text.h"
#include "serve/app_json.h"
#include "serve/reply.h"

namespace fas::serve {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)

constexpr std::chrono::seconds kBetweenEvents{1};
// Proxies close connections on which nothing happens.
constexpr std::chrono::seconds kPing{15};
constexpr std::size_t kMostDecisions = 500;

std::string event(std::string_view name, const Json& data) {
  return "event: " + std::string(name) + "\ndata: " + dump(data) + "\n\n";
}

// What one client has not been told yet.
class Client final : public control::Board::Watcher {
 public:
  Client(const asio::any_io_executor& executor, const control::Board& board, std::string app,
         std::shared_ptr<std::size_t> clients)
      : board_(board.link()), app_(std::move(app)), clients_(std::move(clients)), wake_(executor) {
    board_->watchers.push_back(this);
    ++*clients_;
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override {
    std::erase(board_->watchers, this);
    --*clients_;
  }

  void changed(const std::string& app) override {
    if (!wants(app)) return;
    apps_.insert(app);
    wake_.notify();
  }
  void recorded(const control::HistoryRecord& record) override {
    if (!wants(record.app)) return;
    decisions_.push_back(record);
    if (decisions_.size() > kMostDecisions) decisions_.pop_front();
    wake_.notify();
  }

  net::Event& wake() { return wake_; }

  // Everything that is new, as the text of events; empty: nothing.
  std::string take() {
    wake_.clear();
    std::string text;
    Json summaries = Json::array();
    for (const std::string& app : std::exchange(apps_, {})) {
      const control::Board* board = board_->board;
      const auto* card = board == nullptr ? nullptr : board->find(app);
      if (card != nullptr) summaries.push_back(app_summary(app, *card, /*with_spark=*/false));
    }
    if (!summaries.empty()) text += event("apps", summaries);
    for (const control::HistoryRecord& record : std::exchange(decisions_, {})) {
      text += event("decision", record_json(record, /*full=*/false));
    }
    return text;
  }

 private:
  bool wants(const std::string& app) const { return app_.empty() || app == app_; }

  std::shared_ptr<control::Board::Link> board_;
  std::string app_;
  std::shared_ptr<std::size_t> clients_;
  net::Event wake_;
  std::set<std::string> apps_;
  std::deque<control::HistoryRecord> decisions_;
};

asio::awaitable<void> feed(std::shared_ptr<Client> client, Clock& clock, net::ResponseStream& out) {
  std::string hello = "retry: 2000\n" + event("hello", {{"now", scale::time_text(clock.wall_now())}});
  bool there = co_await out.write(std::move(hello));
  while (there) {
    co_await (client->wake().wait() || clock.sleep_until(clock.now() + kPing));
    std::string text = client->take();
    if (text.empty()) text = ": ping\n\n";
    there = co_await out.write(std::move(text));
    if (there) co_await clock.sleep_until(clock.now() + kBetweenEvents);
  }
}

}  // namespace

net::ServerResponse Events::open(std::string app) {
  if (*clients_ >= kMostClients) return error_reply(503, "too many clients are listening already; try again later");
  net::ServerResponse response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Accel-Buffering", "no");
  auto client = std::make_shared<Client>(executor_, board_, std::move(app), clients_);
  response.stream = [client, &clock = clock_](net::ResponseStream& out) { return feed(client, clock, out); };
  return response;
}

}  // namespace fas::serve
