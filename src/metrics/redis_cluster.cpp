#include "metrics/redis_cluster.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "metrics/redis_redirect.h"
#include "net/gather.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

// A redirection leads to the right node at once unless the cluster changes at that moment.
constexpr int kMostRounds = 12;
constexpr std::size_t kMostNodes = 1000;  // what a cluster can have at most

}  // namespace

RedisCluster::RedisCluster(const SourceContext& context, std::vector<RedisAddress> seeds,
                           std::shared_ptr<const net::TlsSettings> tls)
    : context_(context), seeds_(std::move(seeds)), tls_(std::move(tls)) {}

asio::awaitable<Result<std::vector<RedisReply>>> RedisCluster::ask(std::vector<RedisCommand> commands,
                                                                   Deadline deadline) {
  Progress progress;
  progress.commands = std::move(commands);
  progress.replies.resize(progress.commands.size());
  for (std::size_t i = 0; i < progress.commands.size(); ++i) {
    const Result<Node> node = node_for(progress.commands[i], progress);
    if (!node) co_return std::unexpected(node.error());
    progress.open.push_back({.index = i, .node = *node});
  }
  for (int round = 0; round < kMostRounds && !progress.open.empty(); ++round) {
    const TimePoint now = context_.clock.now();
    // A node that keeps silent takes a share of the time only.
    const Deadline share = now + (deadline - now) / 2;
    const std::vector<Group> asked = groups(progress);
    progress.open.clear();
    std::vector<asio::awaitable<Result<std::vector<RedisReply>>>> asking;
    for (const Group& group : asked) {
      std::vector<RedisCommand> batch;
      for (const Open& open : group.open) {
        if (open.asking) batch.push_back({"ASKING"});
        batch.push_back(progress.commands[open.index]);
      }
      asking.push_back(group.connection->ask(std::move(batch), share));
    }
    std::vector<Result<std::vector<RedisReply>>> answers = co_await net::gather(std::move(asking));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (answers[i]) continue;
      const Result<void> noted = note_failure(asked[i], answers[i].error(), progress);
      if (!noted) co_return std::unexpected(noted.error());
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const Result<void> taken =
          answers[i] ? take(asked[i], std::move(*answers[i]), progress) : ask_elsewhere(asked[i], progress);
      if (!taken) co_return std::unexpected(taken.error());
    }
  }
  if (!progress.open.empty()) {
    co_return fail(ErrorKind::kUnavailable, "the nodes of the cluster send each other round; its slots are moving");
  }
  co_return std::move(progress.replies);
}

// The one that has the slot; else any that has not failed, those first that answered before.
Result<RedisCluster::Node> RedisCluster::node_for(const RedisCommand& command, const Progress& progress) const {
  const auto usable = [&](const Node& node) { return !progress.failed.contains(node); };
  const auto known = slots_.find(redis_slot(key_of(command)));
  if (known != slots_.end() && usable(known->second)) return known->second;
  for (const auto& [node, connection] : nodes_) {
    if (usable(node)) return node;
  }
  for (const RedisAddress& seed : seeds_) {
    Node node(seed.host, seed.port);
    if (usable(node)) return node;
  }
  if (progress.failed.empty()) return fail(ErrorKind::kInternal, "a cluster without a node");
  return std::unexpected(progress.failed.begin()->second);
}

std::vector<RedisCluster::Group> RedisCluster::groups(const Progress& progress) {
  std::map<Node, Group> by_node;
  for (const Open& open : progress.open) {
    Group& group = by_node[open.node];
    if (group.connection == nullptr) group.connection = connection(open.node);
    group.open.push_back(open);
  }
  std::vector<Group> groups;
  groups.reserve(by_node.size());
  for (auto& [node, group] : by_node) groups.push_back(std::move(group));
  return groups;
}

// An error when asking others would not help.
Result<void> RedisCluster::note_failure(const Group& group, Error error, Progress& progress) {
  const Node node = group.open.front().node;
  const bool lost = error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kTimeout;
  Error named = fail_with("node " + group.connection->address().printable(), std::move(error)).error();
  if (!lost) return std::unexpected(std::move(named));
  progress.failed.emplace(node, std::move(named));
  std::erase_if(slots_, [&](const auto& slot) { return slot.second == node; });
  nodes_.erase(node);
  return {};
}

Result<void> RedisCluster::ask_elsewhere(const Group& group, Progress& progress) {
  for (const Open& open : group.open) {
    Result<Node> other = node_for(progress.commands[open.index], progress);
    if (!other) return std::unexpected(progress.failed.at(open.node));
    progress.open.push_back({.index = open.index, .node = std::move(*other)});
  }
  return {};
}

Result<void> RedisCluster::take(const Group& group, std::vector<RedisReply> replies, Progress& progress) {
  std::size_t next = 0;
  for (const Open& open : group.open) {
    if (next + (open.asking ? 1 : 0) >= replies.size())
      return fail(ErrorKind::kInternal, "as many replies as commands expected");
    // Without the right to ask, the node would send us back.
    if (open.asking && replies[next].type == RedisReply::Type::kError) {
      return std::unexpected(redis_error(replies[next].text));
    }
    if (open.asking) ++next;
    RedisReply& reply = replies[next++];
    const bool failed = reply.type == RedisReply::Type::kError;
    if (failed && reply.text.starts_with("TRYAGAIN")) {
      progress.open.push_back(open);
      continue;
    }
    const std::optional<RedisRedirection> to = failed ? parse_redirection(reply.text) : std::nullopt;
    if (!to) {
      progress.replies[open.index] = std::move(reply);
      continue;
    }
    const Node node(to->host.empty() ? open.node.first : to->host, to->port);
    if (const auto dead = progress.failed.find(node); dead != progress.failed.end()) {
      return std::unexpected(dead->second);  // and nothing has taken its place yet
    }
    if (!to->ask) slots_[redis_slot(key_of(progress.commands[open.index]))] = node;
    progress.open.push_back({.index = open.index, .node = node, .asking = to->ask});
  }
  return {};
}

std::shared_ptr<RedisConnection> RedisCluster::connection(const Node& node) {
  if (nodes_.size() >= kMostNodes) nodes_.clear();
  std::shared_ptr<RedisConnection>& connection = nodes_[node];
  if (connection == nullptr) {
    RedisAddress address = seeds_.front();
    address.host = node.first;
    address.port = node.second;
    connection = RedisConnection::shared(context_, address, tls_);
  }
  return connection;
}

}  // namespace fas::metrics
