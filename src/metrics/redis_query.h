// What a collector of type redis asks, and how the replies become its number. No I/O here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metrics/expand.h"
#include "metrics/reading.h"
#include "metrics/redis_reply.h"
#include "metrics/registry.h"

namespace fas::metrics {

// How one command's reply is read.
enum class RedisRead : std::uint8_t {
  kCount,         // an integer: of a key that is not there, the server says 0
  kNumber,        // an integer, or a text that holds a number; nil is no value
  kGroupLag,      // XINFO GROUPS: the field `lag` of the consumer group
  kGroupPending,  // XINFO GROUPS: the field `pending`
  kSidekiqAge,    // the job at the queue's end: seconds since it was enqueued; nil is an empty queue and so 0
};

// Made once of the settings, asked every tick.
class RedisQuery {
 public:
  // Errors: kInvalid when the fields do not make one question.
  static Result<RedisQuery> make(const Settings& settings);

  // `now` stands for "now" in scores.
  std::vector<RedisCommand> commands(std::string_view app, WallTime now) const;

  // One point per key with the label `key` where `series` is set, else their sum; no point where the server has no
  // value, and `empty_message` then says what is missing. `replies` are those of commands(), in their order. Errors as
  // the server's error replies mean; kMalformed for a reply of the wrong kind.
  Result<Reading> read(const std::vector<RedisReply>& replies, std::string_view app, WallTime now, bool series,
                       std::string& empty_message) const;

 private:
  struct Question {
    std::vector<Template> command;
    RedisRead how = RedisRead::kCount;
    bool has_scores = false;  // arguments 2 and 3
  };

  void add(RedisRead how, std::initializer_list<std::string_view> command);
  Result<void> add_queue(const Settings& queue);
  void add_stream(const Settings& settings);

  std::vector<Question> questions_;
  Template group_;
};

}  // namespace fas::metrics
