#include "control/guarded_machines.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "base/duration.h"
#include "tests/control/fake_fly.h"
#include "tests/support/run.h"
#include "tests/support/virtual_clock.h"

namespace fas::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Guarded : public testing::Test {
 protected:
  Guarded() {
    auto fake = std::make_unique<test::FakeMachines>(clock_);
    fake_ = fake.get();
    machines_ = guarded(std::move(fake), clock_,
                        [this](std::string_view app) { return app == "mine" ? safe_until_ : TimePoint{}; });
  }

  Result<void> start(const std::string& app, Duration time) {
    return test::run(loop_, machines_->start(app, "m1", "", clock_.now() + time));
  }

  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  test::FakeMachines* fake_ = nullptr;
  std::unique_ptr<fly::MachinesApi> machines_;
  TimePoint safe_until_ = clock_.now() + seconds(10);
};

TEST_F(Guarded, ChangesPassWhileTheAppIsSurelyOurs) {
  EXPECT_TRUE(start("mine", seconds(5)));
  EXPECT_TRUE(start("mine", seconds(60))) << "its deadline is brought forward";
  EXPECT_EQ(fake_->calls.size(), 2);
}

TEST_F(Guarded, NothingIsSentForAnAppOfAnother) {
  const Result<void> refused = start("other", seconds(5));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable) << "it surely had no effect";
  EXPECT_NE(refused.error().message.find("app other"), std::string::npos);
  EXPECT_TRUE(fake_->calls.empty());
}

TEST_F(Guarded, NothingIsSentInTheLastHalfSecond) {
  safe_until_ = clock_.now() + milliseconds(499);
  EXPECT_FALSE(start("mine", seconds(5)));
  safe_until_ = clock_.now() + seconds(10);
  EXPECT_FALSE(start("mine", milliseconds(499))) << "of the tick itself";
  EXPECT_TRUE(fake_->calls.empty());
  EXPECT_TRUE(start("mine", milliseconds(500)));
}

TEST_F(Guarded, ReadsAlwaysPass) {
  EXPECT_TRUE(test::run(loop_, machines_->list("other", clock_.now() + milliseconds(1))));
  EXPECT_TRUE(test::run(loop_, machines_->get("other", "m1", clock_.now() + milliseconds(1))));
}

TEST_F(Guarded, EveryChangeIsGuarded) {
  const Deadline deadline = clock_.now() + seconds(5);
  EXPECT_FALSE(test::run(loop_, machines_->create("other", "{}", deadline)));
  EXPECT_FALSE(test::run(loop_, machines_->stop("other", "m1", "", deadline)));
  EXPECT_FALSE(test::run(loop_, machines_->suspend("other", "m1", "", deadline)));
  EXPECT_FALSE(test::run(loop_, machines_->destroy("other", "m1", false, "", deadline)));
  EXPECT_FALSE(test::run(loop_, machines_->cordon("other", "m1", "", deadline)));
  EXPECT_FALSE(test::run(loop_, machines_->uncordon("other", "m1", "", deadline)));
  EXPECT_FALSE(test::run(loop_, machines_->acquire_lease("other", "m1", seconds(5), deadline)));
  EXPECT_FALSE(test::run(loop_, machines_->release_lease("other", "m1", "", deadline)));
  EXPECT_TRUE(fake_->calls.empty());
}

}  // namespace
}  // namespace fas::control
