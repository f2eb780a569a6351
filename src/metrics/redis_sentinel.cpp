#include "metrics/redis_sentinel.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "metrics/http_call.h"

namespace fas::metrics {

namespace asio = boost::asio;

RedisSentinel::RedisSentinel(const SourceContext& context, std::vector<RedisAddress> sentinels, std::string master,
                             std::shared_ptr<const net::TlsSettings> tls)
    : context_(context), pattern_(sentinels.front()), master_(std::move(master)), tls_(std::move(tls)) {
  for (RedisAddress& address : sentinels) {
    Sentinel sentinel;
    address.database = 0;
    if (!address.password.empty()) sentinel.login = RedisConnection::shared(context, address, tls_);
    address.user.clear();
    address.password.clear();
    sentinel.open = RedisConnection::shared(context, address, tls_);
    sentinels_.push_back(std::move(sentinel));
  }
}

asio::awaitable<Result<std::vector<RedisReply>>> RedisSentinel::ask(std::vector<RedisCommand> commands,
                                                                    Deadline deadline) {
  Result<RedisAddress> address = co_await find_master(deadline);
  if (!address) co_return std::unexpected(std::move(address.error()));
  if (primary_ == nullptr || primary_->address().host != address->host || primary_->address().port != address->port) {
    primary_ = RedisConnection::shared(context_, *address, tls_);
  }
  const std::shared_ptr<RedisConnection> primary = primary_;
  Result<std::vector<RedisReply>> replies = co_await primary->ask(std::move(commands), deadline);
  if (!replies) co_return fail_with("the primary " + address->printable(), std::move(replies.error()));
  co_return replies;
}

asio::awaitable<Result<RedisAddress>> RedisSentinel::find_master(Deadline deadline) {
  std::optional<Error> failure;
  const std::size_t first = first_;
  for (std::size_t i = 0; i < sentinels_.size(); ++i) {
    const std::size_t index = (first + i) % sentinels_.size();
    const TimePoint now = context_.clock.now();
    // One that keeps silent takes its share of the time only; so much is left for the primary as well.
    const Deadline share = now + (deadline - now) / static_cast<long>(sentinels_.size() - i + 1);
    Result<RedisAddress> address = co_await ask_sentinel(index, share);
    if (address) {
      first_ = index;
      co_return address;
    }
    Error error =
        fail_with("sentinel " + sentinels_[index].open->address().printable(), std::move(address.error())).error();
    if (error.kind == ErrorKind::kCancelled) co_return std::unexpected(std::move(error));
    if (!failure) failure = std::move(error);
  }
  co_return std::unexpected(std::move(*failure));
}

asio::awaitable<Result<RedisAddress>> RedisSentinel::ask_sentinel(std::size_t index, Deadline deadline) {
  const Sentinel sentinel = sentinels_[index];
  const RedisCommand command = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master_};
  std::vector<RedisCommand> commands(1, command);
  Result<std::vector<RedisReply>> replies = co_await sentinel.open->ask(std::move(commands), deadline);
  if (!replies) co_return std::unexpected(std::move(replies.error()));
  // Most sentinels have no password, and refuse one; others say so.
  const bool wants_login = replies->front().type == RedisReply::Type::kError &&
                           (replies->front().text.starts_with("NOAUTH") || replies->front().text.starts_with("NOPERM"));
  if (wants_login && sentinel.login != nullptr) {
    commands.assign(1, command);
    replies = co_await sentinel.login->ask(std::move(commands), deadline);
    if (!replies) co_return std::unexpected(std::move(replies.error()));
  }
  co_return read_address(replies->front());
}

Result<RedisAddress> RedisSentinel::read_address(const RedisReply& reply) const {
  if (reply.type == RedisReply::Type::kNil) {
    return fail(ErrorKind::kNotFound,
                fmt::format("it watches no primary called {}; check sentinel-master", one_line(master_)));
  }
  if (reply.type == RedisReply::Type::kError) {
    Error error = redis_error(reply.text);
    if (reply.text.starts_with("ERR unknown command")) error.message += "; is this address a sentinel's?";
    return std::unexpected(std::move(error));
  }
  RedisAddress address = pattern_;
  if (reply.type == RedisReply::Type::kArray && reply.items.size() == 2) {
    const std::string& port = reply.items[1].text;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    address.host = reply.items[0].text;
    if (error == std::errc{} && end == port.data() + port.size() && address.port != 0 && !address.host.empty()) {
      return address;
    }
  }
  return fail(ErrorKind::kMalformed, "the reply is no host and port; is this address a sentinel's?");
}

}  // namespace fas::metrics
