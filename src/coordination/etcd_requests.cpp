#include "coordination/etcd_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "coordination/member_record.h"

namespace fas::coordination {
namespace {

namespace api = etcdserverpb;

// A server takes 128 operations (--max-txn-ops), those of one nested transaction added, and 1.5 MiB
// (--max-request-bytes), unless told otherwise.
constexpr std::size_t kMostApps = 100;
constexpr std::size_t kMostBytes = 512 << 10;

void compare_created(api::TxnRequest& transaction, std::string key, std::int64_t revision,
                     api::Compare::CompareResult result = api::Compare::EQUAL) {
  api::Compare& compare = *transaction.add_compare();
  compare.set_result(result);
  compare.set_target(api::Compare::CREATE);
  compare.set_key(std::move(key));
  compare.set_create_revision(revision);
}

void compare_lease(api::TxnRequest& transaction, std::string key, std::int64_t lease) {
  api::Compare& compare = *transaction.add_compare();
  compare.set_target(api::Compare::LEASE);
  compare.set_key(std::move(key));
  compare.set_lease(lease);
}

void put(api::RequestOp& operation, std::string key, std::string value, std::int64_t lease) {
  api::PutRequest& request = *operation.mutable_request_put();
  request.set_key(std::move(key));
  request.set_value(std::move(value));
  request.set_lease(lease);
}

void get(api::RequestOp& operation, std::string key) { operation.mutable_request_range()->set_key(std::move(key)); }

void get_all(api::RequestOp& operation, const std::string& prefix) {
  operation.mutable_request_range()->set_key(prefix);
  operation.mutable_request_range()->set_range_end(end_of(prefix));
}

api::TxnRequest if_alive(const EtcdKeys& keys, std::int64_t lease) {
  api::TxnRequest transaction;
  compare_created(transaction, keys.lease(lease), 0, api::Compare::NOT_EQUAL);
  return transaction;
}

// The room for one more app, whose part takes about so many bytes.
class Packer {
 public:
  Packer(const EtcdKeys& keys, std::int64_t lease) : keys_(keys), lease_(lease) {}

  api::TxnRequest& add(std::string app, std::size_t bytes) {
    if (requests_.empty() || requests_.back().apps.size() == kMostApps || bytes_ + bytes > kMostBytes) {
      requests_.push_back({.transaction = if_alive(keys_, lease_), .apps = {}});
      bytes_ = 0;
    }
    bytes_ += bytes;
    AppsRequest& last = requests_.back();
    last.apps.push_back(std::move(app));
    return *last.transaction.add_success()->mutable_request_txn();
  }

  std::vector<AppsRequest> take() { return std::move(requests_); }

 private:
  const EtcdKeys& keys_;
  const std::int64_t lease_;
  std::vector<AppsRequest> requests_;
  std::size_t bytes_ = 0;  // of the last one
};

const api::KeyValue* first_of(const api::TxnResponse& answer, int operation) {
  if (operation >= answer.responses_size()) return nullptr;
  const api::RangeResponse& range = answer.responses(operation).response_range();
  return range.kvs_size() == 0 ? nullptr : &range.kvs(0);
}

}  // namespace

EtcdKeys::EtcdKeys(std::string_view group)
    : members_(fmt::format("fly-autoscaler/{}/members/", group)),
      leases_(fmt::format("fly-autoscaler/{}/leases/", group)),
      owners_(fmt::format("fly-autoscaler/{}/owners/", group)),
      memory_(fmt::format("fly-autoscaler/{}/memory/", group)) {}

std::string EtcdKeys::lease(std::int64_t id) const { return leases_ + lease_text(id); }

std::string end_of(std::string prefix) {
  ++prefix.back();
  return prefix;
}

Lease lease_text(std::int64_t id) { return fmt::format("{:x}", static_cast<std::uint64_t>(id)); }

std::optional<std::int64_t> lease_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (error != std::errc() || end != text.data() + text.size() || id == 0) return std::nullopt;
  return static_cast<std::int64_t>(id);
}

api::TxnRequest join_request(const EtcdKeys& keys, const Member& member, std::int64_t lease) {
  api::TxnRequest transaction;
  compare_created(transaction, keys.member(member.name), 0);
  put(*transaction.add_success(), keys.member(member.name), member_record(member), lease);
  put(*transaction.add_success(), keys.lease(lease), member.name, lease);
  get(*transaction.add_failure(), keys.member(member.name));
  return transaction;
}

bool joined(const api::TxnResponse& answer, std::int64_t lease) {
  if (answer.succeeded()) return true;
  // By a try whose answer was lost.
  const api::KeyValue* const there = first_of(answer, 0);
  return there != nullptr && there->lease() == lease;
}

api::TxnRequest view_request(const EtcdKeys& keys) {
  api::TxnRequest transaction;
  get_all(*transaction.add_success(), keys.members());
  get_all(*transaction.add_success(), keys.owners());
  return transaction;
}

View read_view(const api::TxnResponse& answer, const EtcdKeys& keys) {
  View view;
  for (const api::ResponseOp& part : answer.responses()) {
    for (const api::KeyValue& entry : part.response_range().kvs()) {
      const std::string_view key = entry.key();
      if (entry.lease() == 0) continue;  // none of ours
      if (key.starts_with(keys.members())) {
        Member member = read_member_record(key.substr(keys.members().size()), entry.value());
        member.lease = lease_text(entry.lease());
        view.members.push_back(std::move(member));
      } else if (key.starts_with(keys.owners())) {
        view.owners.insert_or_assign(std::string(key.substr(keys.owners().size())), lease_text(entry.lease()));
      }
    }
  }
  std::ranges::sort(view.members, {}, &Member::name);
  return view;
}

std::vector<AppsRequest> claim_requests(const EtcdKeys& keys, std::int64_t lease, std::vector<std::string> apps) {
  // etcd refuses a transaction that writes a key twice.
  std::ranges::sort(apps);
  const auto repeated = std::ranges::unique(apps);
  apps.erase(repeated.begin(), repeated.end());
  Packer packer(keys, lease);
  for (std::string& app : apps) {
    const std::string owner = keys.owner(app);
    const std::string memory = keys.memory(app);
    api::TxnRequest& one = packer.add(std::move(app), owner.size() + memory.size());
    compare_created(one, owner, 0);
    put(*one.add_success(), owner, lease_text(lease), lease);
    get(*one.add_success(), owner);
    get(*one.add_success(), memory);
    get(*one.add_failure(), owner);
    get(*one.add_failure(), memory);
  }
  return packer.take();
}

void read_claim(const api::TxnResponse& answer, const AppsRequest& request, std::int64_t lease, Holdings& holdings) {
  for (std::size_t i = 0; i < request.apps.size() && std::cmp_less(i, answer.responses_size()); ++i) {
    const api::TxnResponse& one = answer.responses(static_cast<int>(i)).response_txn();
    const int put = one.succeeded() ? 1 : 0;
    const api::KeyValue* const owner = first_of(one, put);
    if (owner == nullptr || owner->lease() != lease) continue;
    const api::KeyValue* const memory = first_of(one, put + 1);
    holdings.insert_or_assign(request.apps[i], Holding{.memory = memory == nullptr ? "" : memory->value(),
                                                       .number = owner->create_revision()});
  }
}

std::vector<AppsRequest> keeping_requests(const EtcdKeys& keys, std::int64_t lease, const Holdings& holdings,
                                          Keeping what) {
  Packer packer(keys, lease);
  for (const auto& [app, holding] : holdings) {
    const std::string owner = keys.owner(app);
    api::TxnRequest& one = packer.add(app, 4 * owner.size() + holding.memory.size());
    compare_created(one, owner, holding.number);
    compare_lease(one, owner, lease);
    if (holding.memory.empty()) {
      one.add_success()->mutable_request_delete_range()->set_key(keys.memory(app));
    } else {
      put(*one.add_success(), keys.memory(app), holding.memory, 0);
    }
    if (what == Keeping::kRelease) one.add_success()->mutable_request_delete_range()->set_key(owner);
  }
  return packer.take();
}

void read_refused(const api::TxnResponse& answer, const AppsRequest& request, std::vector<std::string>& refused) {
  for (std::size_t i = 0; i < request.apps.size(); ++i) {
    const bool kept =
        std::cmp_less(i, answer.responses_size()) && answer.responses(static_cast<int>(i)).response_txn().succeeded();
    if (!kept) refused.push_back(request.apps[i]);
  }
}

}  // namespace fas::coordination
