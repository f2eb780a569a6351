#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "metrics/redis.h"
#include "metrics/redis_address.h"
#include "metrics/redis_query.h"

namespace fas::metrics {
namespace {

Result<void> validate_redis(const Settings& settings) {
  if (Result<RedisTarget> target = redis_target(settings); !target) return std::unexpected(std::move(target.error()));
  if (Result<RedisQuery> query = RedisQuery::make(settings); !query) return std::unexpected(std::move(query.error()));
  return {};
}

std::vector<Field> connection_fields() {
  return {{.key = "address",
           .kind = FieldKind::kSecret,
           .required = true,
           .env = "REDIS_ADDRESS",
           .doc = "redis://USER:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS; only the host is required."},
          {.key = "cluster",
           .kind = FieldKind::kBool,
           .env = "REDIS_CLUSTER",
           .doc = "Whether the address is that of any nodes of a cluster; default false."},
          {.key = "sentinel-master",
           .env = "REDIS_SENTINEL_MASTER",
           .doc = "The name that sentinels know the primary by; the address is then the sentinels', port 26379 by "
                  "default."}};
}

std::vector<Field> subject_fields() {
  return {
      {.key = "list",
       .kind = FieldKind::kTextList,
       .expands_app_name = true,
       .env = "REDIS_LIST",
       .doc = "Keys of lists: the sum of their lengths (LLEN)."},
      {.key = "stream",
       .expands_app_name = true,
       .env = "REDIS_STREAM",
       .doc = "Key of a stream: its length, or with consumer-group what that has left to do."},
      {.key = "consumer-group",
       .expands_app_name = true,
       .env = "REDIS_CONSUMER_GROUP",
       .doc = "Consumer group of the stream."},
      {.key = "value",
       .env = "REDIS_VALUE",
       .doc = "Of a stream: entries not delivered to the group yet (lag), delivered and not acknowledged (pending), "
              "or all (length); default lag with consumer-group, else length.",
       .choices = {"lag", "pending", "length"}},
      {.key = "sorted-set",
       .expands_app_name = true,
       .env = "REDIS_SORTED_SET",
       .doc = "Key of a sorted set: its size (ZCARD), or with scores how many are between them (ZCOUNT)."},
      {.key = "min-score",
       .env = "REDIS_MIN_SCORE",
       .doc = "Lowest score that counts: a number, or \"now\" for Unix seconds; default: any."},
      {.key = "max-score",
       .env = "REDIS_MAX_SCORE",
       .doc = "Highest score that counts: a number, or \"now\" for Unix seconds; default: any."},
      {.key = "set", .expands_app_name = true, .env = "REDIS_SET", .doc = "Key of a set: its size (SCARD)."},
      {.key = "hash",
       .expands_app_name = true,
       .env = "REDIS_HASH",
       .doc = "Key of a hash: how many fields it has (HLEN), or the number in `field` (HGET)."},
      {.key = "field", .expands_app_name = true, .env = "REDIS_FIELD", .doc = "Field of the hash."},
      {.key = "key", .expands_app_name = true, .env = "REDIS_KEY", .doc = "Key that holds a number (GET)."},
      {.key = "command",
       .kind = FieldKind::kTextList,
       .expands_app_name = true,
       .env = "REDIS_COMMAND",
       .doc = "Name and arguments of a command that only reads and answers with a number."}};
}

Field queue_field() {
  return {
      .key = "queue",
      .kind = FieldKind::kObject,
      .doc = "A queue of a library whose keys need not be known.",
      .fields = {
          {.key = "kind", .doc = "The library; required.", .choices = {"sidekiq", "bullmq", "celery", "rq", "resque"}},
          {.key = "name", .expands_app_name = true, .doc = "Name of the queue; required."},
          {.key = "value",
           .doc = "Jobs that wait (length, the default), of sidekiq the seconds that the oldest has waited "
                  "(latency), of bullmq the jobs that wait for their time (delayed).",
           .choices = {"length", "latency", "delayed"}}}};
}

}  // namespace

Result<RedisTarget> redis_target(const Settings& settings) {
  constexpr std::uint16_t kPort = 6379;
  constexpr std::uint16_t kSentinelPort = 26379;
  const auto invalid = [](std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); };
  RedisTarget target{
      .addresses = {}, .cluster = settings.flag("cluster"), .sentinel_master = settings.text("sentinel-master")};
  const bool by_sentinel = !target.sentinel_master.empty();
  Result<std::vector<RedisAddress>> addresses =
      parse_redis_addresses(settings.text("address"), by_sentinel ? kSentinelPort : kPort);
  if (!addresses) return std::unexpected(std::move(addresses.error()));
  target.addresses = std::move(*addresses);
  if (target.cluster && by_sentinel) return invalid("redis cluster and sentinel-master exclude each other");
  if (target.addresses.size() > 1 && !target.cluster && !by_sentinel) {
    return invalid("redis address has several hosts, which takes cluster or sentinel-master; write one");
  }
  if (target.cluster && target.addresses.front().database != 0) {
    return invalid("redis address names a database, and a cluster has only number 0; leave it out");
  }
  return target;
}

SourceKind redis_kind() {
  std::vector<Field> fields = connection_fields();
  for (Field& field : subject_fields()) fields.push_back(std::move(field));
  fields.push_back(queue_field());
  return {
      .type = "redis",
      .doc = "The length of a queue, stream, set or sorted set in Redis, or a number that it holds.",
      .fields = std::move(fields),
      .validate = validate_redis,
      .make = make_redis,
  };
}

}  // namespace fas::metrics
