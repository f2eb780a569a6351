// What the engine etcd writes and reads: keys, transactions, and what their answers mean. No I/O.
//
//   fly-autoscaler/GROUP/members/NAME    the member's record         under its lease
//   fly-autoscaler/GROUP/leases/LEASE    the member's name           under that lease: tells whether it lives
//   fly-autoscaler/GROUP/owners/APP      the owner's lease           under that lease
//   fly-autoscaler/GROUP/memory/APP      what is remembered          under none
//
// etcd takes the keys of an ended lease away in one step, so that whatever compares with one of them is decided by the
// same order of events for everybody. The number of a taking is the revision at which the owner's key was made: no key
// made later has the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordination/engine.h"
#include "etcd.pb.h"

namespace fas::coordination {

class EtcdKeys {
 public:
  explicit EtcdKeys(std::string_view group);

  const std::string& members() const { return members_; }  // what all of a kind begin with
  const std::string& owners() const { return owners_; }
  std::string member(std::string_view name) const { return members_ + std::string(name); }
  std::string owner(std::string_view app) const { return owners_ + std::string(app); }
  std::string memory(std::string_view app) const { return memory_ + std::string(app); }
  std::string lease(std::int64_t id) const;

 private:
  std::string members_, leases_, owners_, memory_;
};

// The end of the range of all keys that begin with `prefix`, whose last byte is not the greatest one.
std::string end_of(std::string prefix);

Lease lease_text(std::int64_t id);
std::optional<std::int64_t> lease_id(std::string_view text);  // nullopt: no lease that etcd has granted

// Puts the member under the lease, unless a member has its name.
etcdserverpb::TxnRequest join_request(const EtcdKeys& keys, const Member& member, std::int64_t lease);
bool joined(const etcdserverpb::TxnResponse& answer, std::int64_t lease);

etcdserverpb::TxnRequest view_request(const EtcdKeys& keys);
View read_view(const etcdserverpb::TxnResponse& answer, const EtcdKeys& keys);

// Part of a call on many apps; etcd limits what one transaction holds. An answer that did not succeed means that the
// lease has ended, and that nothing was changed.
struct AppsRequest {
  etcdserverpb::TxnRequest transaction;
  std::vector<std::string> apps;  // one nested transaction each, in this order
};

std::vector<AppsRequest> claim_requests(const EtcdKeys& keys, std::int64_t lease, std::vector<std::string> apps);
// Adds those apps of the request that the lease owns now.
void read_claim(const etcdserverpb::TxnResponse& answer, const AppsRequest& request, std::int64_t lease,
                Holdings& holdings);

enum class Keeping { kSave, kRelease };
std::vector<AppsRequest> keeping_requests(const EtcdKeys& keys, std::int64_t lease, const Holdings& holdings,
                                          Keeping what);
// Adds those apps of the request that were not owned by the taking that it names.
void read_refused(const etcdserverpb::TxnResponse& answer, const AppsRequest& request,
                  std::vector<std::string>& refused);

}  // namespace fas::coordination
