// Sources with the program's own transport and clock, for tests against real servers.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/registry.h"
#include "net/curl_transport.h"
#include "net/system_clock.h"
#include "tests/metrics/settings.h"
#include "tests/support/run.h"

namespace fas::metrics {

class RealSourceTest : public testing::Test {
 protected:
  std::unique_ptr<Source> make(std::string_view type, const Settings& given) {
    const SourceKind* kind = find_source_kind(type);
    if (auto valid = validate(*kind, given); !valid) throw std::runtime_error(valid.error().message);
    auto source = kind->make(SourceContext{.loop = loop, .clock = clock, .http = http}, given);
    if (!source) throw std::runtime_error(source.error().message);
    return std::move(*source);
  }

  Result<Sample> collect(Source& source, std::string app = "worker",
                         std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    Query query{.app = std::move(app)};
    return test::run(loop, source.collect(std::move(query), clock.now() + limit));
  }

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

  boost::asio::io_context loop;
  net::SystemClock clock{loop};
  net::CurlTransport http{loop, clock};
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
