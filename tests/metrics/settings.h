// Settings written short, and sources made of them.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "metrics/registry.h"
#include "tests/support/fake_transport.h"
#include "tests/support/run.h"
#include "tests/support/virtual_clock.h"

namespace fas::metrics {

using TextMap = std::map<std::string, std::string>;

inline Settings settings(std::initializer_list<std::pair<const std::string, FieldValue>> values) {
  Settings result;
  result.values.insert(values.begin(), values.end());
  return result;
}

inline FieldValue text(std::string value) { return value; }

// A source of `type` over a scripted transport and a virtual clock.
class SourceFixture {
 public:
  SourceFixture(std::string_view type, const Settings& given, test::FakeTransport::Script script)
      : clock(loop), http(std::move(script)) {
    const SourceKind* kind = find_source_kind(type);
    if (kind == nullptr) throw std::runtime_error("no such kind");
    if (auto valid = validate(*kind, given); !valid) throw std::runtime_error(valid.error().message);
    auto made = kind->make(SourceContext{.loop = loop, .clock = clock, .http = http}, given);
    if (!made) throw std::runtime_error(made.error().message);
    source = std::move(*made);
  }

  Result<Sample> collect(std::string app = "worker") {
    Query query{.app = std::move(app)};
    return test::run(loop, source->collect(std::move(query), clock.now() + std::chrono::seconds(10)));
  }

  boost::asio::io_context loop;
  test::VirtualClock clock;
  test::FakeTransport http;
  std::unique_ptr<Source> source;
};

// The number, or a failed expectation.
inline double number(const Result<Sample>& sample) {
  if (!sample) {
    ADD_FAILURE() << sample.error().message;
    return 0;
  }
  if (!std::holds_alternative<double>(sample->value)) {
    ADD_FAILURE() << "a series, not a number";
    return 0;
  }
  return std::get<double>(sample->value);
}

inline std::string message(const Result<Sample>& sample) { return sample ? "no error" : sample.error().message; }

}  // namespace fas::metrics
