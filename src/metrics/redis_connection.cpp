#include "metrics/redis_connection.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "metrics/http_call.h"
#include "net/deadline.h"
#include "net/shared_by_loop.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

// All that makes connections differ.
std::string key_of(const RedisAddress& address, const net::TlsSettings* tls) {
  std::string key;
  const auto add = [&](std::string_view part) { key += fmt::format("{}:{}", part.size(), part); };
  for (const std::string_view part :
       {std::string_view(address.host), std::string_view(address.user), std::string_view(address.password)}) {
    add(part);
  }
  key += fmt::format("{} {} {} {}", address.port, address.database, address.use_tls, tls != nullptr);
  if (tls == nullptr) return key;
  for (const std::string& part : {tls->ca, tls->cert, tls->key, tls->server_name}) add(part);
  return key + (tls->insecure_skip_verify ? "insecure" : "");
}

struct Meaning {
  std::string_view code;
  ErrorKind kind;
  std::string_view remedy;
};

constexpr std::array<Meaning, 12> kMeanings = {{
    {"NOAUTH", ErrorKind::kUnauthorized, "; put user and password into the address"},
    {"WRONGPASS", ErrorKind::kUnauthorized, "; check user and password in the address"},
    {"NOPERM", ErrorKind::kUnauthorized, "; allow the user this command and key (ACL SETUSER)"},
    {"WRONGTYPE", ErrorKind::kInvalid, "; check that the key is of the type that the collector says"},
    {"NOGROUP", ErrorKind::kNotFound, "; check stream and consumer-group"},
    {"LOADING", ErrorKind::kUnavailable, ""},
    {"BUSY", ErrorKind::kUnavailable, "; a script runs too long"},
    {"MASTERDOWN", ErrorKind::kUnavailable, ""},
    {"MOVED", ErrorKind::kInvalid, "; this is a node of a cluster, so set cluster"},
    {"ASK", ErrorKind::kInvalid, "; this is a node of a cluster, so set cluster"},
    {"CROSSSLOT", ErrorKind::kInvalid, "; in a cluster the keys of one command need a common {tag}"},
    {"CLUSTERDOWN", ErrorKind::kUnavailable, "; look at CLUSTER INFO"},
}};

}  // namespace

Error redis_error(std::string_view text) {
  const std::string_view code = text.substr(0, text.find(' '));
  Error error;
  error.kind = ErrorKind::kInvalid;
  error.message = one_line(text);
  for (const Meaning& meaning : kMeanings) {
    if (meaning.code != code) continue;
    error.kind = meaning.kind;
    error.message += meaning.remedy;
  }
  return error;
}

// The right to use the link, given up however the caller's coroutine ends.
class RedisConnection::Turn {
 public:
  explicit Turn(RedisConnection& connection) : connection_(connection) { connection_.busy_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    connection_.busy_ = false;
    connection_.released_.notify();
  }

 private:
  RedisConnection& connection_;
};

RedisConnection::RedisConnection(const SourceContext& context, RedisAddress address,
                                 std::shared_ptr<const net::TlsSettings> tls)
    : clock_(&context.clock),
      address_(std::move(address)),
      tls_(std::move(tls)),
      released_(context.loop.get_executor()) {}

std::shared_ptr<RedisConnection> RedisConnection::shared(const SourceContext& context, const RedisAddress& address,
                                                         const std::shared_ptr<const net::TlsSettings>& tls) {
  return net::shared_by_loop<RedisConnection>(context.loop, key_of(address, tls.get()),
                                              [&] { return std::make_shared<RedisConnection>(context, address, tls); });
}

asio::awaitable<Result<std::vector<RedisReply>>> RedisConnection::ask(std::vector<RedisCommand> commands,
                                                                      Deadline deadline) {
  std::string bytes;
  for (const RedisCommand& command : commands) append_command(bytes, command);
  std::string message = "no answer in time; is the server overloaded, or the address that of something else?";
  asio::awaitable<Result<Replies>> turn = take_turn(shared_from_this(), std::move(bytes), commands.size());
  Result<Replies> replies = co_await net::with_deadline(*clock_, deadline, std::move(turn), std::move(message));
  co_return replies;
}

asio::awaitable<Result<RedisConnection::Replies>> RedisConnection::take_turn(std::shared_ptr<RedisConnection> self,
                                                                             std::string bytes, std::size_t count) {
  while (self->busy_) {
    self->released_.clear();
    co_await self->released_.wait();
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return fail(ErrorKind::kCancelled, "cancelled");
  }
  const Turn turn(*self);
  Result<Replies> replies = co_await self->exchange(std::move(bytes), count);
  co_return replies;
}

asio::awaitable<Result<RedisConnection::Replies>> RedisConnection::exchange(std::string bytes, std::size_t count) {
  // Only a link that has answered everything goes back: replies of a call that ended early must not reach the next.
  std::unique_ptr<Link> link = std::move(link_);
  if (link != nullptr) {
    Result<Replies> replies = co_await round_trip(link.get(), bytes, count);
    if (replies) link_ = std::move(link);
    if (replies || replies.error().kind != ErrorKind::kUnavailable) co_return replies;
  }
  Result<std::unique_ptr<Link>> opened = co_await open();
  if (!opened) co_return std::unexpected(std::move(opened.error()));
  link = std::move(*opened);
  Result<Replies> replies = co_await round_trip(link.get(), std::move(bytes), count);
  if (replies) link_ = std::move(link);
  co_return replies;
}

asio::awaitable<Result<std::unique_ptr<RedisConnection::Link>>> RedisConnection::open() {
  net::StreamTarget target{.host = address_.host, .port = address_.port, .use_tls = address_.use_tls, .tls = tls_};
  Result<std::unique_ptr<net::ClientStream>> stream = co_await net::ClientStream::connect(std::move(target));
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  auto link = std::make_unique<Link>();
  link->stream = std::move(*stream);
  std::string hello;
  std::size_t count = 0;
  const auto add = [&](const RedisCommand& command) {
    append_command(hello, command);
    ++count;
  };
  if (!address_.password.empty()) {
    add(address_.user.empty() ? RedisCommand{"AUTH", address_.password}
                              : RedisCommand{"AUTH", address_.user, address_.password});
  }
  if (address_.database != 0) add({"SELECT", std::to_string(address_.database)});
  if (count == 0) co_return link;
  Result<Replies> replies = co_await round_trip(link.get(), std::move(hello), count);
  if (!replies) co_return std::unexpected(std::move(replies.error()));
  for (const RedisReply& reply : *replies) {
    if (reply.type == RedisReply::Type::kError) {
      Error error = redis_error(reply.text);
      error.message = "cannot log in or select the database: " + error.message;
      co_return std::unexpected(std::move(error));
    }
  }
  co_return link;
}

asio::awaitable<Result<RedisConnection::Replies>> RedisConnection::round_trip(Link* link, std::string bytes,
                                                                              std::size_t count) {
  Result<void> written = co_await link->stream->write(bytes);
  if (!written) co_return std::unexpected(std::move(written.error()));
  Replies replies;
  std::array<char, 8192> buffer{};
  while (replies.size() < count) {
    Result<std::optional<RedisReply>> next = link->reader.next();
    if (!next) co_return std::unexpected(std::move(next.error()));
    if (*next) {
      replies.push_back(std::move(**next));
      continue;
    }
    Result<std::size_t> got = co_await link->stream->read_some(buffer.data(), buffer.size());
    if (!got) co_return std::unexpected(std::move(got.error()));
    if (Result<void> fed = link->reader.feed({buffer.data(), *got}); !fed) {
      co_return std::unexpected(std::move(fed.error()));
    }
  }
  co_return replies;
}

}  // namespace fas::metrics
