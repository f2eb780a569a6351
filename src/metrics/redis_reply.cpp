#include "metrics/redis_reply.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <cstddef>
#include <exception>
#include <utility>

#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

constexpr std::size_t kLongestReply = 16U << 20U;
constexpr int kMostElements = 100'000;

// Where the reply of this task goes: a new one, or its place in the array around it. hiredis knows no exceptions, and
// takes a null for a lack of memory.
template <class Fill>
void* place(const redisReadTask* task, Fill fill) noexcept {
  try {
    if (task->parent == nullptr) {
      auto reply = std::make_unique<RedisReply>();
      fill(*reply);
      return reply.release();
    }
    auto* parent = static_cast<RedisReply*>(task->parent->obj);
    RedisReply& reply = parent->items.at(static_cast<std::size_t>(task->idx));
    fill(reply);
    return &reply;
  } catch (const std::exception&) {
    return nullptr;
  }
}

void* create_string(const redisReadTask* task, char* text, std::size_t size) {
  return place(task, [&](RedisReply& reply) {
    reply.type = task->type == REDIS_REPLY_ERROR ? RedisReply::Type::kError : RedisReply::Type::kText;
    reply.text.assign(text, size);
  });
}

void* create_array(const redisReadTask* task, int size) {
  if (size < 0 || size > kMostElements) return nullptr;
  return place(task, [&](RedisReply& reply) {
    reply.type = RedisReply::Type::kArray;
    reply.items.resize(static_cast<std::size_t>(size));
  });
}

void* create_integer(const redisReadTask* task, long long value) {
  return place(task, [&](RedisReply& reply) {
    reply.type = RedisReply::Type::kInteger;
    reply.integer = value;
  });
}

void* create_nil(const redisReadTask* task) {
  return place(task, [](RedisReply& reply) { reply.type = RedisReply::Type::kNil; });
}

void free_reply(void* reply) { std::unique_ptr<RedisReply>(static_cast<RedisReply*>(reply)).reset(); }

redisReplyObjectFunctions* functions() {
  static redisReplyObjectFunctions table = {create_string, create_array, create_integer, create_nil, free_reply};
  return &table;
}

}  // namespace

void append_command(std::string& out, const RedisCommand& command) {
  out += fmt::format("*{}\r\n", command.size());
  for (const std::string& argument : command) out += fmt::format("${}\r\n{}\r\n", argument.size(), argument);
}

RedisReplyReader::RedisReplyReader() : reader_(redisReaderCreateWithFunctions(functions()), &redisReaderFree) {}

Result<void> RedisReplyReader::feed(std::string_view bytes) {
  if (reader_ == nullptr) return fail(ErrorKind::kInternal, "no memory for a reply");
  if (reader_->len - reader_->pos + bytes.size() > kLongestReply) {
    return fail(ErrorKind::kMalformed, "the reply is longer than 16 MiB");
  }
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK) return {};
  return fail(ErrorKind::kMalformed, fmt::format("the reply is not Redis': {}", one_line(reader_->errstr)));
}

Result<std::optional<RedisReply>> RedisReplyReader::next() {
  void* got = nullptr;
  if (reader_ == nullptr) return fail(ErrorKind::kInternal, "no memory for a reply");
  if (redisReaderGetReply(reader_.get(), &got) != REDIS_OK) {
    if (reader_->err == REDIS_ERR_OOM) return fail(ErrorKind::kMalformed, "the reply has too many elements");
    return fail(ErrorKind::kMalformed, fmt::format("the reply is not Redis': {}; is this address a Redis server's?",
                                                   one_line(reader_->errstr)));
  }
  if (got == nullptr) return std::nullopt;
  const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(got));
  return std::move(*reply);
}

}  // namespace fas::metrics
