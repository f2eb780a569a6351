#include "coordination/etcd_requests.h"

#include <gmock/gmock.h>

#include <limits>

#include "coordination/etcd_error.h"
#include "coordination/member_record.h"

namespace fas::coordination {
namespace {

namespace api = etcdserverpb;
using testing::ElementsAre;

const EtcdKeys kKeys("blue");

TEST(EtcdKeys, StandUnderTheGroup) {
  EXPECT_EQ(kKeys.member("a"), "fly-autoscaler/blue/members/a");
  EXPECT_EQ(kKeys.owner("x"), "fly-autoscaler/blue/owners/x");
  EXPECT_EQ(kKeys.memory("x"), "fly-autoscaler/blue/memory/x");
  EXPECT_EQ(kKeys.lease(255), "fly-autoscaler/blue/leases/ff");
  EXPECT_LT(kKeys.owner("\x7f"), end_of(kKeys.owners()));
  EXPECT_LT(kKeys.member("\x7f"), kKeys.memory("")) << "the prefixes do not meet";
}

TEST(EtcdLease, SurvivesAsText) {
  for (const std::int64_t id : {std::int64_t{1}, std::int64_t{0x7587'8a3c'1f02'6e0f},
                                std::numeric_limits<std::int64_t>::max(), std::int64_t{-2}}) {
    EXPECT_EQ(lease_id(lease_text(id)), id);
  }
  for (const std::string_view text : {"", "0", "g", "12 ", " 12", "0x12", "-1", "11111111111111111"}) {
    EXPECT_EQ(lease_id(text), std::nullopt) << text;
  }
}

TEST(EtcdRequests, StayWithinWhatAServerTakes) {
  std::vector<std::string> apps;
  for (int i = 0; i < 250; ++i) apps.push_back("app" + std::to_string(i));
  apps.push_back("app7");
  std::vector<std::size_t> sizes;
  for (const AppsRequest& request : claim_requests(kKeys, 1, apps)) {
    sizes.push_back(request.apps.size());
    EXPECT_EQ(request.transaction.success_size(), static_cast<int>(request.apps.size()));
    EXPECT_EQ(request.transaction.compare_size(), 1) << "the lease lives";
  }
  EXPECT_THAT(sizes, ElementsAre(100, 100, 50));
  EXPECT_TRUE(claim_requests(kKeys, 1, {}).empty());

  Holdings holdings;
  for (const std::string& app : apps) holdings[app] = {.memory = std::string(100'000, 'm'), .number = 1};
  std::size_t kept = 0;
  for (const AppsRequest& request : keeping_requests(kKeys, 1, holdings, Keeping::kSave)) {
    EXPECT_LT(request.transaction.ByteSizeLong(), 1'048'576U);
    kept += request.apps.size();
  }
  EXPECT_EQ(kept, holdings.size());
}

api::KeyValue entry(std::string key, std::string value, std::int64_t lease) {
  api::KeyValue entry;
  entry.set_key(std::move(key));
  entry.set_value(std::move(value));
  entry.set_lease(lease);
  return entry;
}

TEST(EtcdView, IgnoresWhatIsNotUnderALease) {
  api::TxnResponse answer;
  auto& members = *answer.add_responses()->mutable_response_range();
  *members.add_kvs() = entry(kKeys.member("b"), "[1", 2);
  *members.add_kvs() = entry(kKeys.member("a"), R"({"address":"http://a"})", 1);
  *members.add_kvs() = entry(kKeys.member("by hand"), R"({"address":"http://c"})", 0);
  auto& owners = *answer.add_responses()->mutable_response_range();
  *owners.add_kvs() = entry(kKeys.owner("x"), "whatever", 10);
  *owners.add_kvs() = entry(kKeys.owner("y"), "1", 0);
  *owners.add_kvs() = entry("elsewhere", "1", 1);
  const View view = read_view(answer, kKeys);
  EXPECT_THAT(view.members, ElementsAre(Member{.name = "a", .address = "http://a", .lease = "1"},
                                        Member{.name = "b", .address = "", .lease = "2"}));
  EXPECT_THAT(view.owners, ElementsAre(testing::Pair("x", "a")));
}

TEST(EtcdAnswers, MayBeShorterThanWhatWasAsked) {
  const std::vector<AppsRequest> requests = claim_requests(kKeys, 1, {"x", "y"});
  Holdings holdings;
  read_claim({}, requests[0], 1, holdings);
  EXPECT_TRUE(holdings.empty());
  std::vector<std::string> refused;
  read_refused({}, requests[0], refused);
  EXPECT_THAT(refused, ElementsAre("x", "y"));
  EXPECT_FALSE(joined({}, 1));
}

TEST(MemberRecord, IsReadBackAndBearsAnything) {
  const Member member{.name = "a", .address = "http://ä\"\\:9090", .lease = {}};
  EXPECT_EQ(read_member_record("a", member_record(member)), member);
  const std::string deep(60'000, '[');
  for (const std::string_view text : {std::string_view(""), std::string_view("nonsense"), std::string_view("[]"),
                                      std::string_view(R"({"address":7})"), std::string_view(deep)}) {
    EXPECT_EQ(read_member_record("a", text).address, "");
  }
  const std::string not_utf8 = "\xff";
  EXPECT_NE(member_record({.name = not_utf8, .address = not_utf8, .lease = {}}), "");
}

TEST(EtcdFailure, ByCodeAndText) {
  struct Case {
    int code;
    std::string_view text;
    ErrorKind kind;
    bool elsewhere;
  };
  for (const Case& c : std::initializer_list<Case>{
           {5, "etcdserver: requested lease not found", ErrorKind::kNotFound, false},
           {16, "etcdserver: invalid auth token", ErrorKind::kUnauthorized, false},
           {7, "etcdserver: permission denied", ErrorKind::kUnauthorized, false},
           {3, "etcdserver: user name is empty", ErrorKind::kUnauthorized, false},
           {9, "etcdserver: authentication is not enabled", ErrorKind::kInvalid, false},
           {8, "etcdserver: mvcc: database space exceeded", ErrorKind::kUnavailable, false},
           {3, "etcdserver: request is too large", ErrorKind::kInvalid, false},
           {12, "unknown service etcdserverpb.KV", ErrorKind::kInvalid, false},
           {4, "Deadline Exceeded", ErrorKind::kTimeout, true},
           {14, "etcdserver: request timed out", ErrorKind::kUnavailable, true},
           {14, "etcdserver: leader changed", ErrorKind::kUnavailable, true},
           {14, "etcdserver: no leader", ErrorKind::kUnavailable, true},
           {8, "etcdserver: too many requests", ErrorKind::kUnavailable, true},
           {14, "failed to connect to all addresses; last error: ...", ErrorKind::kUnavailable, true},
           {2, "anything else", ErrorKind::kUnavailable, true}}) {
    SCOPED_TRACE(c.text);
    const EtcdFailure failure = etcd_failure(c.code, c.text);
    EXPECT_EQ(failure.kind, c.kind);
    EXPECT_EQ(failure.elsewhere, c.elsewhere);
  }
  EXPECT_TRUE(etcd_failure(16, "etcdserver: invalid auth token").stale_token);
  EXPECT_TRUE(etcd_failure(3, "etcdserver: revision of auth store is old").stale_token);
}

}  // namespace
}  // namespace fas::coordination
