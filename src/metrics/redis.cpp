#include "metrics/redis.h"

#include <fmt/format.h>

#include <utility>

#include "metrics/http_call.h"
#include "metrics/reading.h"
#include "metrics/redis_connection.h"
#include "metrics/redis_query.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

class RedisSource final : public Source {
 public:
  RedisSource(const SourceContext& context, const Settings& settings, const RedisAddress& address, RedisQuery query)
      : clock_(&context.clock),
        options_(common_options(settings)),
        server_("redis at " + address.printable()),
        secrets_({address.password}),
        query_(std::move(query)),
        connection_(RedisConnection::shared(context, address, options_.tls)) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    const WallTime now = clock_->wall_now();
    std::vector<RedisCommand> commands = query_.commands(query.app, now);
    Result<std::vector<RedisReply>> replies = co_await connection_->ask(std::move(commands), deadline);
    if (!replies) co_return failed(std::move(replies.error()));
    std::string empty_message;
    Result<Reading> reading = query_.read(*replies, query.app, now, options_.series, empty_message);
    if (!reading) co_return failed(std::move(reading.error()));
    Result<Sample> sample = to_sample(std::move(*reading), options_, now, empty_message);
    if (!sample) co_return failed(std::move(sample.error()));
    co_return sample;
  }

 private:
  std::unexpected<Error> failed(Error error) const {
    error.message = scrub(std::move(error.message), secrets_);
    return fail_with(server_, std::move(error));
  }

  Clock* clock_;
  CommonOptions options_;
  std::string server_;  // for messages
  std::vector<std::string> secrets_;
  RedisQuery query_;
  std::shared_ptr<RedisConnection> connection_;
};

}  // namespace

Result<std::unique_ptr<Source>> make_redis(const SourceContext& context, const Settings& settings) {
  const Result<RedisAddress> address = parse_redis_address(settings.text("address"));
  if (!address) return std::unexpected(address.error());
  Result<RedisQuery> query = RedisQuery::make(settings);
  if (!query) return std::unexpected(std::move(query.error()));
  return std::make_unique<RedisSource>(context, settings, *address, std::move(*query));
}

}  // namespace fas::metrics
