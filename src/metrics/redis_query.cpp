#include "metrics/redis_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <utility>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/http_call.h"
#include "metrics/json_value.h"
#include "metrics/redis_connection.h"

namespace fas::metrics {
namespace {

constexpr std::array<std::string_view, 8> kSubjects = {"list", "stream", "sorted-set", "set",
                                                       "hash", "key",    "command",    "queue"};

// They would block the connection, change what it is, or answer more than once.
constexpr std::array<std::string_view, 27> kRefused = {
    "auth",       "blmove",     "blmpop",       "blpop",        "brpop",       "brpoplpush", "bzmpop",
    "bzpopmax",   "bzpopmin",   "client",       "discard",      "exec",        "hello",      "monitor",
    "multi",      "psubscribe", "psync",        "punsubscribe", "quit",        "reset",      "select",
    "ssubscribe", "subscribe",  "sunsubscribe", "sync",         "unsubscribe", "wait"};

std::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

std::string joined_subjects() {
  std::string text;
  for (const std::string_view subject : kSubjects) text += text.empty() ? subject : fmt::format(", {}", subject);
  return text;
}

// A score as ZCOUNT takes it: a number, an infinity, "now", each perhaps with "(" for "not this one".
bool is_score(std::string_view text) {
  if (text.starts_with('(')) text.remove_prefix(1);
  if (text == "now") return true;
  const ParsedNumber<double> number = parse_float(text);
  return number && !std::isnan(number.value);
}

Result<void> check_companions(const Settings& settings) {
  struct Companion {
    std::string_view key, subject;
  };
  for (const Companion& c : std::initializer_list<Companion>{{"consumer-group", "stream"},
                                                             {"value", "stream"},
                                                             {"min-score", "sorted-set"},
                                                             {"max-score", "sorted-set"},
                                                             {"field", "hash"}}) {
    if (settings.has(c.key) && !settings.has(c.subject))
      return invalid(fmt::format("redis {} needs {}", c.key, c.subject));
  }
  for (const std::string_view key : {"min-score", "max-score"}) {
    if (settings.has(key) && !is_score(settings.text(key))) {
      return invalid(
          fmt::format("redis {} must be a number, \"-inf\", \"+inf\" or \"now\", perhaps behind a \"(\" that "
                      "leaves the end out",
                      key));
    }
  }
  const std::string value = settings.text("value");
  if ((value == "lag" || value == "pending") && settings.text("consumer-group").empty()) {
    return invalid(fmt::format("redis value {} needs consumer-group", value));
  }
  return {};
}

Result<void> check_command(const std::vector<std::string>& command) {
  const std::string name = command.empty() ? "" : to_lower_ascii(command.front());
  if (name.empty())
    return invalid("redis command required: a list of its name and arguments, as in [\"LLEN\", \"jobs\"]");
  if (std::ranges::find(kRefused, name) != kRefused.end()) {
    return invalid(fmt::format("redis command {} cannot be used here: it changes or blocks the connection", name));
  }
  return {};
}

std::string score_text(std::string text, WallTime now) {
  if (!text.ends_with("now")) return text;
  text.resize(text.size() - 3);
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  return text + fmt::format("{:.3f}", seconds);
}

std::unexpected<Error> wrong_reply(std::string_view wanted) {
  return fail(ErrorKind::kMalformed, fmt::format("the reply is no {}", wanted));
}

Result<double> as_number(const RedisReply& reply) {
  if (reply.type == RedisReply::Type::kInteger) return static_cast<double>(reply.integer);
  if (reply.type != RedisReply::Type::kText) return wrong_reply("number but a list; ask for a single value");
  const ParsedNumber<double> number = parse_float(trim(reply.text));
  if (!number) return wrong_reply(fmt::format("number: {}", excerpt(reply.text)));
  return number.value;
}

// A value of a flat list of names and values.
const RedisReply* field_of(const RedisReply& list, std::string_view name) {
  for (std::size_t i = 0; i + 1 < list.items.size(); i += 2) {
    if (list.items[i].text == name) return &list.items[i + 1];
  }
  return nullptr;
}

// `empty_message` where there is a group but no number.
Result<std::optional<double>> group_field(const RedisReply& groups, std::string_view group, std::string_view field,
                                          std::string& empty_message) {
  for (const RedisReply& entry : groups.items) {
    const RedisReply* name = field_of(entry, "name");
    if (name == nullptr || name->text != group) continue;
    const RedisReply* value = field_of(entry, field);
    if (value == nullptr) {
      return invalid(fmt::format("the server does not tell a consumer group's {}; that takes Redis 7", field));
    }
    if (value->type == RedisReply::Type::kInteger) return static_cast<double>(value->integer);
    empty_message = fmt::format(
        "the server cannot tell the lag of group {} (entries were deleted, or it began amid the stream); use "
        "value pending or length, or set empty-value",
        one_line(group));
    return std::nullopt;
  }
  return fail(ErrorKind::kNotFound,
              fmt::format("the stream has no consumer group {}; check consumer-group, or create it with XGROUP CREATE",
                          one_line(group)));
}

Result<std::optional<double>> sidekiq_age(const RedisReply& reply, WallTime now) {
  if (reply.type == RedisReply::Type::kNil) return 0;
  if (reply.type != RedisReply::Type::kText) return wrong_reply("job of Sidekiq");
  Result<std::optional<double>> enqueued = read_json_number(reply.text, {"enqueued_at"});
  if (!enqueued) return fail_with("the last job of the queue", std::move(enqueued.error()));
  if (!*enqueued) return wrong_reply("job of Sidekiq: it has no enqueued_at");
  // Seconds, and milliseconds from Sidekiq 8 on; in seconds this is the year 5138.
  constexpr double kFirstMilliseconds = 1e11;
  const double at = **enqueued > kFirstMilliseconds ? **enqueued / 1000 : **enqueued;
  return std::max(0.0, std::chrono::duration<double>(now.time_since_epoch()).count() - at);
}

Result<std::optional<double>> read_one(const RedisReply& reply, RedisRead how, std::string_view group, WallTime now,
                                       std::string& empty_message) {
  const bool of_group = how == RedisRead::kGroupLag || how == RedisRead::kGroupPending;
  if (reply.type == RedisReply::Type::kError) {
    // What XINFO says of a stream that nobody has written to yet: an empty queue.
    if (of_group && reply.text == "ERR no such key") return 0;
    return std::unexpected(redis_error(reply.text));
  }
  switch (how) {
    case RedisRead::kCount:
      if (reply.type != RedisReply::Type::kInteger) return wrong_reply("count");
      return static_cast<double>(reply.integer);
    case RedisRead::kGroupLag: return group_field(reply, group, "lag", empty_message);
    case RedisRead::kGroupPending: return group_field(reply, group, "pending", empty_message);
    case RedisRead::kSidekiqAge: return sidekiq_age(reply, now);
    case RedisRead::kNumber: break;
  }
  if (reply.type == RedisReply::Type::kNil) {
    empty_message = "there is no such key or field";
    return std::nullopt;
  }
  return as_number(reply);
}

}  // namespace

Result<RedisQuery> RedisQuery::make(const Settings& settings) {
  std::vector<std::string_view> given;
  std::ranges::copy_if(kSubjects, std::back_inserter(given), [&](std::string_view key) { return settings.has(key); });
  if (given.empty()) return invalid(fmt::format("redis needs what to count, one of: {}", joined_subjects()));
  if (given.size() > 1) return invalid(fmt::format("redis {} and {} exclude each other", given[0], given[1]));
  if (Result<void> checked = check_companions(settings); !checked) return std::unexpected(std::move(checked.error()));

  RedisQuery query;
  const std::string_view subject = given.front();
  const std::string key = settings.text(subject);
  if (subject == "queue") {
    const Result<void> added = query.add_queue(*settings.object("queue"));
    if (!added) return std::unexpected(added.error());
    return query;
  }
  if (subject == "command") {
    const std::vector<std::string> command = settings.list("command");
    if (Result<void> checked = check_command(command); !checked) return std::unexpected(std::move(checked.error()));
    query.add(RedisRead::kNumber, {});
    for (const std::string& word : command) query.questions_.back().command.emplace_back(word);
    return query;
  }
  if (subject == "list") {
    for (const std::string& list : settings.list("list")) query.add(RedisRead::kCount, {"LLEN", list});
    if (query.questions_.empty()) return invalid("redis list has no key");
    return query;
  }
  if (key.empty()) return invalid(fmt::format("redis {} has no key", subject));
  if (subject == "stream") query.add_stream(settings);
  if (subject == "set") query.add(RedisRead::kCount, {"SCARD", key});
  if (subject == "key") query.add(RedisRead::kNumber, {"GET", key});
  if (subject == "hash") {
    if (settings.has("field")) {
      query.add(RedisRead::kNumber, {"HGET", key, settings.text("field")});
    } else {
      query.add(RedisRead::kCount, {"HLEN", key});
    }
  }
  if (subject == "sorted-set") {
    if (settings.has("min-score") || settings.has("max-score")) {
      query.add(RedisRead::kCount,
                {"ZCOUNT", key, settings.text("min-score", "-inf"), settings.text("max-score", "+inf")});
      query.questions_.back().has_scores = true;
    } else {
      query.add(RedisRead::kCount, {"ZCARD", key});
    }
  }
  return query;
}

void RedisQuery::add(RedisRead how, std::initializer_list<std::string_view> command) {
  Question question;
  question.how = how;
  for (const std::string_view word : command) question.command.emplace_back(word);
  questions_.push_back(std::move(question));
}

void RedisQuery::add_stream(const Settings& settings) {
  const std::string key = settings.text("stream");
  const bool has_group = !settings.text("consumer-group").empty();
  const std::string value = settings.text("value", has_group ? "lag" : "length");
  group_ = Template(settings.text("consumer-group"));
  if (value == "length") {
    add(RedisRead::kCount, {"XLEN", key});
    return;
  }
  // XPENDING would do for `pending`, but gives the same error for a stream and for a group that is not there.
  add(value == "lag" ? RedisRead::kGroupLag : RedisRead::kGroupPending, {"XINFO", "GROUPS", key});
}

Result<void> RedisQuery::add_queue(const Settings& queue) {
  const std::string kind = queue.text("kind");
  const std::string name = queue.text("name");
  const std::string value = queue.text("value", "length");
  if (kind.empty() || name.empty())
    return invalid("redis queue needs kind and name, as in {kind: sidekiq, name: default}");
  if (value == "latency" && kind != "sidekiq") return invalid("redis queue.value latency is for the kind sidekiq");
  if (value == "delayed" && kind != "bullmq") return invalid("redis queue.value delayed is for the kind bullmq");
  if (kind == "bullmq") {
    if (value == "delayed") {
      add(RedisRead::kCount, {"ZCARD", fmt::format("bull:{}:delayed", name)});
      return {};
    }
    add(RedisRead::kCount, {"LLEN", fmt::format("bull:{}:wait", name)});
    add(RedisRead::kCount, {"LLEN", fmt::format("bull:{}:paused", name)});
    add(RedisRead::kCount, {"ZCARD", fmt::format("bull:{}:prioritized", name)});
    return {};
  }
  if (value == "latency") {
    add(RedisRead::kSidekiqAge, {"LINDEX", "queue:" + name, "-1"});
    return {};
  }
  std::string_view prefix;
  if (kind == "sidekiq") prefix = "queue:";
  if (kind == "rq") prefix = "rq:queue:";
  if (kind == "resque") prefix = "resque:queue:";
  add(RedisRead::kCount, {"LLEN", fmt::format("{}{}", prefix, name)});
  return {};
}

std::vector<RedisCommand> RedisQuery::commands(std::string_view app, WallTime now) const {
  std::vector<RedisCommand> commands;
  commands.reserve(questions_.size());
  for (const Question& question : questions_) {
    RedisCommand command;
    command.reserve(question.command.size());
    for (const Template& word : question.command) command.push_back(word.expand(app));
    for (std::size_t i = 2; question.has_scores && i < command.size(); ++i) command[i] = score_text(command[i], now);
    commands.push_back(std::move(command));
  }
  return commands;
}

Result<Reading> RedisQuery::read(const std::vector<RedisReply>& replies, std::string_view app, WallTime now,
                                 bool series, std::string& empty_message) const {
  Reading reading;
  if (replies.size() != questions_.size()) return fail(ErrorKind::kInternal, "as many replies as commands expected");
  const std::string group = group_.expand(app);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const Question& question = questions_[i];
    // The key is the argument that messages and labels name, the subcommand's of XINFO included.
    const bool is_info = question.how == RedisRead::kGroupLag || question.how == RedisRead::kGroupPending;
    const std::size_t at = is_info ? 2 : 1;
    const std::string key = at < question.command.size() ? question.command[at].expand(app) : "";
    std::string missing;
    const Result<std::optional<double>> value = read_one(replies[i], question.how, group, now, missing);
    if (!value) return fail_with(key.empty() ? "command" : one_line(key), value.error());
    if (!*value) {
      empty_message = fmt::format("{}: {}", one_line(key), missing);
      continue;
    }
    if (series || reading.points.empty()) {
      ReadPoint point{.point = {.labels = {}, .value = **value}, .at = std::nullopt};
      if (series) point.point.labels.emplace("key", key);
      reading.points.push_back(std::move(point));
    } else {
      reading.points.front().point.value += **value;
    }
  }
  return reading;
}

}  // namespace fas::metrics
