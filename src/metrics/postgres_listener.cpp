#include "metrics/postgres_listener.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <utility>
#include <vector>

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kPatience{10};  // for a connection
constexpr std::chrono::seconds kSilence{30};   // after which the server is asked whether it is still there
constexpr Duration kShortestPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::minutes(1);

// A connection over which nobody speaks may be gone without a word.
PostgresOptions with_keepalives(PostgresOptions options) {
  options.parameters.try_emplace("keepalives_idle", "30");
  options.parameters.try_emplace("keepalives_interval", "10");
  options.parameters.try_emplace("keepalives_count", "3");
  return options;
}

}  // namespace

PostgresListener::PostgresListener(const SourceContext& context, PostgresOptions options, std::string channel,
                                   Ears ears)
    : clock_(context.clock),
      session_(context, with_keepalives(std::move(options))),
      channel_(std::move(channel)),
      ears_(std::move(ears)) {}

std::shared_ptr<PostgresListener> PostgresListener::start(const SourceContext& context, PostgresOptions options,
                                                          std::string channel, Ears ears) {
  auto listener = std::make_shared<PostgresListener>(context, std::move(options), std::move(channel), std::move(ears));
  auto ended = [](const std::exception_ptr&) {};  // by stop()
  asio::co_spawn(context.loop, run(listener), asio::bind_cancellation_slot(listener->cancel_.slot(), std::move(ended)));
  return listener;
}

void PostgresListener::stop() {
  if (std::exchange(stopped_, true)) return;
  cancel_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> PostgresListener::run(std::shared_ptr<PostgresListener> self) {
  Duration pause = kShortestPause;
  bool told = false;
  while (!self->stopped_) {
    self->well_ = false;
    const Error error = co_await self->listen();
    if (self->stopped_) co_return;
    if (self->well_) {
      pause = kShortestPause;
      told = false;
    }
    if (!std::exchange(told, true)) self->ears_.trouble(error);
    co_await self->clock_.sleep_until(self->clock_.now() + pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

asio::awaitable<Error> PostgresListener::listen() {
  std::string channel = channel_;
  const Deadline deadline = clock_.now() + kPatience;
  Result<void> connected = co_await session_.listen(std::move(channel), deadline);
  if (!connected) co_return std::move(connected.error());
  if (stopped_) co_return Error{};
  well_ = true;
  ears_.well();
  ears_.heard("");
  for (;;) {
    Result<std::vector<std::string>> payloads = co_await session_.notifications(clock_.now() + kSilence);
    if (!payloads) co_return std::move(payloads.error());
    for (const std::string& payload : *payloads) {
      if (stopped_) co_return Error{};
      ears_.heard(payload);
    }
  }
}

}  // namespace fas::metrics
