#include "metrics/redis.h"

#include <fmt/format.h>

#include <utility>

#include "metrics/http_call.h"
#include "metrics/reading.h"
#include "metrics/redis_cluster.h"
#include "metrics/redis_connection.h"
#include "metrics/redis_query.h"
#include "metrics/redis_sentinel.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

std::string printable(const RedisTarget& target) {
  const std::string address = target.addresses.front().printable();
  if (target.cluster) return "redis cluster at " + address;
  if (target.sentinel_master.empty()) return "redis at " + address;
  return fmt::format("redis {} of the sentinel at {}", one_line(target.sentinel_master), address);
}

std::shared_ptr<RedisServer> make_server(const SourceContext& context, const RedisTarget& target,
                                         const std::shared_ptr<const net::TlsSettings>& tls) {
  if (target.cluster) return std::make_shared<RedisCluster>(context, target.addresses, tls);
  if (target.sentinel_master.empty()) return RedisConnection::shared(context, target.addresses.front(), tls);
  return std::make_shared<RedisSentinel>(context, target.addresses, target.sentinel_master, tls);
}

class RedisSource final : public Source {
 public:
  RedisSource(const SourceContext& context, const Settings& settings, const RedisTarget& target, RedisQuery query)
      : clock_(&context.clock),
        options_(common_options(settings)),
        server_(printable(target)),
        secrets_({target.addresses.front().password}),
        query_(std::move(query)),
        asked_(make_server(context, target, options_.tls)) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    const WallTime now = clock_->wall_now();
    std::vector<RedisCommand> commands = query_.commands(query.app, now);
    Result<std::vector<RedisReply>> replies = co_await asked_->ask(std::move(commands), deadline);
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
  std::shared_ptr<RedisServer> asked_;
};

}  // namespace

Result<std::unique_ptr<Source>> make_redis(const SourceContext& context, const Settings& settings) {
  const Result<RedisTarget> target = redis_target(settings);
  if (!target) return std::unexpected(target.error());
  Result<RedisQuery> query = RedisQuery::make(settings);
  if (!query) return std::unexpected(std::move(query.error()));
  return std::make_unique<RedisSource>(context, settings, *target, std::move(*query));
}

}  // namespace fas::metrics
