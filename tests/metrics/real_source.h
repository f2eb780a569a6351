// A test whose sources stand on a real loop (real_loop.h), with what tests that wait for a number need.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string_view>

#include "tests/metrics/real_loop.h"
#include "tests/support/run.h"

namespace fas::metrics {

class RealSourceTest : public testing::Test, public RealLoop {
 protected:
  // Asks until the answer is this number, at most for half a minute; the last answer.
  Result<Sample> collect_until(Source& source, double value) {
    const TimePoint end = clock.now() + std::chrono::seconds(30);
    for (;;) {
      Result<Sample> sample = collect(source);
      const double* number = sample ? std::get_if<double>(&sample->value) : nullptr;
      if ((number != nullptr && *number == value) || clock.now() >= end) return sample;
      test::run(loop, pause());
    }
  }

  boost::asio::awaitable<bool> pause() {
    co_await clock.sleep_until(clock.now() + std::chrono::milliseconds(50));
    co_return true;
  }
};

// Of an error whose message must not show a secret.
inline void expect_error(const Result<Sample>& sample, ErrorKind kind, std::string_view part,
                         std::string_view secret = "s3cret") {
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().kind, kind) << to_string(sample.error().kind) << ": " << sample.error().message;
  EXPECT_NE(sample.error().message.find(part), std::string::npos) << sample.error().message;
  EXPECT_EQ(sample.error().message.find(secret), std::string::npos) << sample.error().message;
}

}  // namespace fas::metrics
