// The promises of Engine, kept by each engine over its real server.
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <map>
#include <optional>
#include <set>

#include "net/gather.h"
#include "tests/coordination/engine_fixture.h"

namespace fas::coordination {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

template <class T>
void expect_ended(const Result<T>& result, std::string_view call) {
  ASSERT_FALSE(result) << call;
  EXPECT_EQ(result.error().kind, ErrorKind::kNotFound) << call << ": " << result.error().message;
}

// In one of the three forms in which an engine may say so.
template <class T>
void expect_no_answer(const Result<T>& result, std::string_view call) {
  ASSERT_FALSE(result) << call;
  const ErrorKind kind = result.error().kind;
  EXPECT_TRUE(kind == ErrorKind::kTimeout || kind == ErrorKind::kUnavailable || kind == ErrorKind::kUnknownOutcome)
      << call << ": " << to_string(kind) << ": " << result.error().message;
}

class EngineTest : public testing::TestWithParam<std::string>, public EngineTestBase {
 protected:
  static void TearDownTestSuite() { backends().clear(); }
  static std::map<std::string, std::unique_ptr<Backend>>& backends() {
    static std::map<std::string, std::unique_ptr<Backend>> all;
    return all;
  }

  void SetUp() override {
    std::unique_ptr<Backend>& backend = backends()[GetParam()];
    if (backend == nullptr) backend = GetParam() == "etcd" ? make_etcd_backend() : make_postgres_backend();
    if (backend == nullptr) GTEST_SKIP() << GetParam() << " is not installed";
    backend_ = backend.get();
  }

  // Each test has a group of its own, unless it names some.
  std::unique_ptr<Engine> engine(std::string group = {}) {
    if (group.empty()) group = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ranges::replace(group, '/', '-');
    return backend_->engine(loop_, clock_, group);
  }

  // Whether `wait` has ended is in what it returns.
  std::shared_ptr<bool> spawn(boost::asio::awaitable<void> wait) {
    auto ended = std::make_shared<bool>(false);
    boost::asio::co_spawn(loop_, std::move(wait), [ended](const std::exception_ptr&) { *ended = true; });
    return ended;
  }

  Backend* backend_ = nullptr;
};

TEST_P(EngineTest, MembersComeAndGo) {
  const auto one = engine();
  const auto two = engine();
  EXPECT_EQ(view(*one).members.size(), 0U);
  const Result<Lease> a = join(*one, "a");
  ASSERT_TRUE(a) << a.error().message;
  const Result<Lease> b = join(*two, "b");
  ASSERT_TRUE(b) << b.error().message;
  EXPECT_NE(*a, *b);
  const Member member_a{.name = "a", .address = "http://a:9090", .lease = *a};
  const Member member_b{.name = "b", .address = "http://b:9090", .lease = *b};
  EXPECT_THAT(view(*one).members, ElementsAre(member_a, member_b));
  EXPECT_THAT(view(*two).members, ElementsAre(member_a, member_b));
  EXPECT_TRUE(run(one->renew(*a, in())));
  ASSERT_TRUE(run(one->leave(*a, in())));
  EXPECT_THAT(view(*two).members, ElementsAre(member_b));
  EXPECT_TRUE(run(one->leave(*a, in()))) << "it has ended already";
  expect_ended(run(one->renew(*a, in())), "renew");
}

TEST_P(EngineTest, ANameIsOneLivingMembers) {
  const auto one = engine();
  const auto two = engine();
  const Result<Lease> first = join(*one, "same");
  ASSERT_TRUE(first) << first.error().message;
  const Result<Lease> second = join(*two, "same");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(second.error().message, testing::HasSubstr("\"same\""));
  EXPECT_TRUE(run(one->renew(*first, in()))) << "the first lives on";
  ASSERT_TRUE(run(one->leave(*first, in())));
  const Result<Lease> third = join(*two, "same");
  ASSERT_TRUE(third) << third.error().message;
  EXPECT_NE(*first, *third);
}

TEST_P(EngineTest, GroupsDoNotMeet) {
  const auto one = engine("left");
  const auto two = engine("right");
  const Result<Lease> a = join(*one, "same");
  const Result<Lease> b = join(*two, "same");
  ASSERT_TRUE(a && b);
  EXPECT_THAT(names(claim(*one, *a, {"app"})), ElementsAre("app"));
  EXPECT_THAT(names(claim(*two, *b, {"app"})), ElementsAre("app"));
  EXPECT_EQ(view(*one).members.size(), 1U);
  EXPECT_THAT(view(*two).owners, ElementsAre(Pair("app", *b)));
}

TEST_P(EngineTest, AnAppHasOneOwner) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a").value();
  const Lease b = join(*two, "b").value();
  const Holdings first = claim(*one, a, {"x", "y"});
  ASSERT_THAT(names(first), ElementsAre("x", "y"));
  EXPECT_EQ(first.at("x").memory, "");
  EXPECT_EQ(claim(*one, a, {"y", "x", "x"}), first) << "what was had before is had, by that taking";
  EXPECT_THAT(names(claim(*two, b, {"x", "y", "z"})), ElementsAre("z"));
  EXPECT_THAT(claim(*two, b, {}), IsEmpty());
  EXPECT_THAT(view(*one).owners, ElementsAre(Pair("x", a), Pair("y", a), Pair("z", b)));
  ASSERT_TRUE(run(one->leave(a, in())));
  EXPECT_THAT(view(*two).owners, ElementsAre(Pair("z", b)));
  EXPECT_THAT(names(claim(*two, b, {"x", "y"})), ElementsAre("x", "y"));
}

TEST_P(EngineTest, OneOfManyAtOnceGetsIt) {
  constexpr std::size_t kClaimers = 8;
  std::vector<std::string> apps;
  for (int i = 0; i < 150; ++i) apps.push_back("app" + std::to_string(i));
  std::vector<std::unique_ptr<Engine>> engines;
  std::vector<Lease> leases;
  for (std::size_t i = 0; i < kClaimers; ++i) {
    engines.push_back(engine());
    leases.push_back(join(*engines.back(), "m" + std::to_string(i)).value());
  }
  std::vector<boost::asio::awaitable<Result<Holdings>>> claims;
  for (std::size_t i = 0; i < kClaimers; ++i) {
    std::ranges::rotate(apps, apps.begin() + 19);
    claims.push_back(engines[i]->claim(leases[i], apps, in(30s)));
  }
  const std::vector<Result<Holdings>> all = run(net::gather(std::move(claims)));
  std::map<std::string, Lease, std::less<>> owners;
  for (std::size_t i = 0; i < kClaimers; ++i) {
    ASSERT_TRUE(all[i]) << all[i].error().message;
    for (const auto& [app, holding] : *all[i]) {
      EXPECT_TRUE(owners.emplace(app, leases[i]).second) << app << " has two owners";
    }
  }
  EXPECT_EQ(owners.size(), apps.size());
  EXPECT_EQ(view(*engines[0]).owners, owners);
}

TEST_P(EngineTest, MemoryTravelsWithTheApp) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a").value();
  const Lease b = join(*two, "b").value();
  const std::string text = R"({"ä":"\u0000'\\",)" + std::string(3000, 'x') + "}";
  Holdings held = claim(*one, a, {"x", "y", "z"});
  ASSERT_EQ(held.size(), 3U);
  held.at("x").memory = "first";
  held.at("y").memory = "of y";
  EXPECT_THAT(run(one->save(a, held, in())).value(), IsEmpty());
  EXPECT_EQ(claim(*one, a, {"x", "y", "z"}), held);
  held.at("x").memory = text;
  held.at("y").memory = "";
  EXPECT_TRUE(run(one->release(a, held, in())));
  EXPECT_THAT(view(*two).owners, IsEmpty());
  EXPECT_EQ(view(*two).members.size(), 2U);
  const Holdings then = claim(*two, b, {"x", "y", "z"});
  ASSERT_EQ(then.size(), 3U);
  EXPECT_EQ(then.at("x").memory, text);
  EXPECT_EQ(then.at("y").memory, "");
  EXPECT_EQ(then.at("z").memory, "");
  for (const auto& [app, holding] : then) EXPECT_NE(holding.number, held.at(app).number) << app;
}

TEST_P(EngineTest, OnlyThePresentTakingIsKept) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a").value();
  const Lease b = join(*two, "b").value();
  Holdings earlier = claim(*one, a, {"x", "y"});
  ASSERT_EQ(earlier.size(), 2U);
  Holdings only_x = earlier;
  only_x.erase("y");
  ASSERT_TRUE(run(one->release(a, only_x, in())));
  const Holdings now = claim(*one, a, {"x"});
  earlier.at("x").memory = "late";
  earlier.at("y").memory = "well";
  EXPECT_THAT(run(one->save(a, earlier, in())).value(), ElementsAre("x")) << "it is ours, but by another taking";
  EXPECT_THAT(run(two->save(b, now, in())).value(), ElementsAre("x")) << "it is another's";
  ASSERT_TRUE(run(one->release(a, only_x, in()))) << "it is left alone";
  ASSERT_TRUE(run(two->release(b, now, in()))) << "it is left alone";
  EXPECT_THAT(view(*one).owners, ElementsAre(Pair("x", a), Pair("y", a)));
  ASSERT_TRUE(run(one->leave(a, in())));
  const Holdings then = claim(*two, b, {"x", "y"});
  ASSERT_EQ(then.size(), 2U);
  EXPECT_EQ(then.at("x").memory, "");
  EXPECT_EQ(then.at("y").memory, "well");
}

TEST_P(EngineTest, ALeaseEndsWhenItIsNotRenewed) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a", 2s).value();
  const Lease b = join(*two, "b").value();
  Holdings held = claim(*one, a, {"x"});
  held.at("x").memory = "left behind";
  ASSERT_THAT(run(one->save(a, held, in())).value(), IsEmpty());
  ASSERT_TRUE(until([&] { return view(*two).members.size() == 1; }));
  EXPECT_THAT(view(*two).owners, IsEmpty());
  expect_ended(run(one->renew(a, in())), "renew");
  expect_ended(run(one->claim(a, {"x", "y"}, in())), "claim");
  expect_ended(run(one->save(a, held, in())), "save");
  expect_ended(run(one->release(a, held, in())), "release");
  EXPECT_EQ(claim(*two, b, {"x"})["x"].memory, "left behind");
  expect_ended(run(one->claim(a, {"x"}, in())), "claim of what another has");
  expect_ended(run(one->claim("no lease", {"x"}, in())), "claim under nothing");
  const Result<Lease> again = join(*one, "a");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_NE(*again, a) << "no lease is used again";
}

TEST_P(EngineTest, ALeaseLivesWhileItIsRenewed) {
  const auto one = engine();
  const Lease a = join(*one, "a", 2s).value();
  const TimePoint end = clock_.now() + 5s;
  ASSERT_TRUE(until([&] {
    const Result<void> renewed = run(one->renew(a, in()));
    EXPECT_TRUE(renewed) << renewed.error().message;
    return !renewed || clock_.now() >= end;
  }));
  EXPECT_EQ(view(*one).members.size(), 1U);
}

TEST_P(EngineTest, ManyAppsInOneCall) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a").value();
  const Lease b = join(*two, "b").value();
  std::vector<std::string> apps;
  for (int i = 0; i < 1000; ++i) apps.push_back("customer-" + std::to_string(i));
  Holdings held = claim(*one, a, apps);
  ASSERT_EQ(held.size(), apps.size());
  for (auto& [app, holding] : held) holding.memory = app + std::string(2000, 'm');
  EXPECT_THAT(run(one->save(a, held, in(30s))).value(), IsEmpty());
  EXPECT_EQ(view(*two).owners.size(), apps.size());
  for (auto& [app, holding] : held) holding.memory += "!";
  ASSERT_TRUE(run(one->release(a, held, in(30s))));
  EXPECT_THAT(view(*two).owners, IsEmpty());
  const Holdings then = claim(*two, b, apps);
  ASSERT_EQ(then.size(), apps.size());
  for (const auto& [app, holding] : then) ASSERT_EQ(holding.memory, held.at(app).memory);
}

TEST_P(EngineTest, ChangesWake) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a").value();
  view(*two);
  std::optional<Lease> b;
  Holdings held;
  struct Case {
    std::string_view what;
    std::function<void()> change;
  };
  for (const Case& c : std::initializer_list<Case>{{"join", [&] { b = join(*one, "b").value(); }},
                                                   {"claim", [&] { held = claim(*one, a, {"x"}); }},
                                                   {"release", [&] { EXPECT_TRUE(run(one->release(a, held, in()))); }},
                                                   {"leave", [&] { EXPECT_TRUE(run(one->leave(*b, in()))); }}}) {
    SCOPED_TRACE(c.what);
    const auto woken = spawn(two->changed(in(1h)));
    c.change();
    ASSERT_TRUE(until([&] { return *woken; }));
    view(*two);
  }
}

TEST_P(EngineTest, WhatChangedBeforeTheWaitWakes) {
  const auto one = engine();
  const auto two = engine();
  view(*two);
  join(*one, "a").value();
  const auto woken = spawn(two->changed(in(1h)));
  EXPECT_TRUE(until([&] { return *woken; }));
}

TEST_P(EngineTest, NoChangeEndsAtTheGivenTime) {
  const auto one = engine();
  const Lease a = join(*one, "a").value();
  view(*one);
  const TimePoint end = in(300ms);
  const auto returned = spawn(one->changed(end));
  ASSERT_TRUE(until([&] { return *returned; }));
  EXPECT_GE(clock_.now(), end);
}

TEST_P(EngineTest, ACallEndsWhenItIsCancelled) {
  const auto one = engine();
  const Lease a = join(*one, "a", 60s).value();
  backend_->hang();
  boost::asio::cancellation_signal cancel;
  bool done = false;
  boost::asio::co_spawn(
      loop_, one->view(in(1h)),
      boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error, const Result<View>& view) {
        EXPECT_TRUE(error || !view);
        done = true;
      }));
  loop_.restart();
  loop_.run_for(100ms);
  EXPECT_FALSE(done);
  cancel.emit(boost::asio::cancellation_type::terminal);
  EXPECT_TRUE(until([&] { return done; }));
  expect_no_answer(run(one->view(in(1s))), "view");
  backend_->resume();
  EXPECT_EQ(view(*one).members.size(), 1U);
  EXPECT_TRUE(run(one->renew(a, in())));
}

TEST_P(EngineTest, AServerGoesAndComesBack) {
  const auto one = engine();
  const Lease a = join(*one, "a", 60s).value();
  const Holdings held = claim(*one, a, {"x"});
  view(*one);
  backend_->kill();
  expect_no_answer(run(one->view(in(1s))), "view");
  expect_no_answer(run(one->renew(a, in(1s))), "renew");
  expect_no_answer(run(one->claim(a, {"y"}, in(1s))), "claim");
  const auto returned = spawn(one->changed(in(1h)));
  EXPECT_TRUE(until([&] { return *returned; })) << "who cannot be told looks";
  backend_->restart();
  EXPECT_TRUE(until([&] { return run(one->renew(a, in())).has_value(); }));
  EXPECT_THAT(view(*one).owners, ElementsAre(Pair("x", a)));
  EXPECT_THAT(names(claim(*one, a, {"x", "y"})), ElementsAre("x", "y"));
}

INSTANTIATE_TEST_SUITE_P(Over, EngineTest, testing::Values("etcd", "postgres"),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace fas::coordination
