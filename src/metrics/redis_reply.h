// The protocol that Redis and its kin speak (RESP 2): commands out, replies in. hiredis does the reading, here is what
// bounds it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

struct redisReader;  // NOLINT(readability-identifier-naming): theirs

namespace fas::metrics {

struct RedisReply {
  enum class Type : std::uint8_t { kNil, kInteger, kText, kError, kArray };
  Type type = Type::kNil;
  std::int64_t integer = 0;
  std::string text;  // of a text or an error
  std::vector<RedisReply> items;
};

using RedisCommand = std::vector<std::string>;  // its name first

// The bytes of a command, appended to `out`. Arguments may hold anything.
void append_command(std::string& out, const RedisCommand& command);

// Takes a stream of bytes apart. A reply beyond 16 MiB or 100,000 elements is an error: no number comes so.
class RedisReplyReader {
 public:
  RedisReplyReader();

  Result<void> feed(std::string_view bytes);

  // The next whole reply; nullopt when more bytes are needed. Errors: kMalformed, after which the stream is lost.
  Result<std::optional<RedisReply>> next();

 private:
  std::unique_ptr<redisReader, void (*)(redisReader*)> reader_;
};

}  // namespace fas::metrics
