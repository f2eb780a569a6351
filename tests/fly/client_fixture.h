// What the tests of both API clients share: a transport that answers from a list, and a clock whose waits cost nothing.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fly/api_caller.h"
#include "tests/support/fake_transport.h"
#include "tests/support/virtual_clock.h"

namespace fas::fly {

class ClientFixture : public testing::Test {
 protected:
  struct Observed {
    std::string call;
    int status;
    bool operator==(const Observed&) const = default;
  };

  ClientOptions options(std::string base_url) {
    return {.base_url = std::move(base_url),
            .token = "Bearer fm2_secret,fo1_secret",
            .observer = [this](std::string_view call, int status,
                               std::chrono::nanoseconds) { observed_.push_back({std::string(call), status}); },
            .jitter = [] { return 0.5; }};
  }

  // What the transport answers, one after the other; the last one again and again.
  void answer(std::vector<Result<net::HttpResponse>> replies) { replies_ = {replies.begin(), replies.end()}; }
  void answer(int status, std::string body, std::vector<net::Header> headers = {}) {
    answer({test::reply(status, std::move(body), std::move(headers))});
  }

  Result<net::HttpResponse> next_reply() {
    Result<net::HttpResponse> reply = replies_.front();
    if (replies_.size() > 1) replies_.pop_front();
    return reply;
  }

  template <class T>
  Result<T> run(boost::asio::awaitable<Result<T>> call) {
    std::optional<Result<T>> result;
    boost::asio::co_spawn(loop_, std::move(call), [&](const std::exception_ptr& error, Result<T> value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
    clock_.run_until([&] { return result.has_value(); });
    if (!result) return fail(ErrorKind::kInternal, "the call did not end");
    return std::move(*result);
  }

  Deadline in(std::chrono::nanoseconds time) const { return clock_.now() + time; }
  std::chrono::milliseconds since_begin() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - begin_);
  }

  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  TimePoint begin_ = clock_.now();
  std::deque<Result<net::HttpResponse>> replies_{test::reply(200, "{}")};
  test::FakeTransport http_{[this](const net::HttpRequest&) { return next_reply(); }};
  std::vector<Observed> observed_;
};

inline std::vector<std::pair<std::string, std::string>> garbage_bodies() {
  return {{"empty", ""},
          {"HTML", "<html>\n<body>It works!</body></html>"},
          {"truncated", R"({"id": "a", "sta)"},
          {"wrong type", "17"},
          {"a text", "\"x\""},
          {"a list of texts", R"(["x"])"},
          {"null", "null"},
          {"100,000 opening brackets", std::string(100'000, '[')},
          {"not UTF-8", "{\"a\": \"\xff\"}"},
          {"control characters", std::string("\0\x1b[31m", 6)}};
}

}  // namespace fas::fly
