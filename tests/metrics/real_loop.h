// Sources on a real loop, a real clock and libcurl, for tests against real servers.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "metrics/registry.h"
#include "net/curl_transport.h"
#include "net/system_clock.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {

class RealLoop {
 public:
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

  // Cancels a question that is under way. Does it end soon, and without a value?
  bool ends_when_cancelled(Source& source) {
    boost::asio::cancellation_signal stop;
    bool ended = false;
    bool has_value = false;
    Query query{.app = "worker"};
    boost::asio::co_spawn(loop, source.collect(std::move(query), clock.now() + std::chrono::seconds(60)),
                          boost::asio::bind_cancellation_slot(
                              stop.slot(), [&](const std::exception_ptr& error, const Result<Sample>& sample) {
                                has_value = !error && sample.has_value();
                                ended = true;
                              }));
    loop.restart();
    const TimePoint begin = clock.now();
    loop.run_for(std::chrono::milliseconds(100));  // it is on its way now
    stop.emit(boost::asio::cancellation_type::terminal);
    while (!ended && clock.now() - begin < std::chrono::seconds(30)) loop.run_one_for(std::chrono::seconds(1));
    return ended && !has_value;
  }

  boost::asio::io_context loop;
  net::SystemClock clock{loop};
  net::CurlTransport http{loop, clock};
};

inline Settings with(Settings base, std::initializer_list<std::pair<const std::string, FieldValue>> more) {
  for (const auto& [key, value] : more) base.values.insert_or_assign(key, value);
  return base;
}

inline Series series_of(const Result<Sample>& sample) {
  if (!sample || !std::holds_alternative<Series>(sample->value)) {
    ADD_FAILURE() << message(sample);
    return {};
  }
  return std::get<Series>(sample->value);
}

inline ErrorKind kind_of(const Result<Sample>& sample) {
  if (sample) ADD_FAILURE() << "no error";
  return sample ? ErrorKind::kInternal : sample.error().kind;
}

inline bool says(const Result<Sample>& sample, std::string_view what) { return message(sample).contains(what); }

}  // namespace fas::metrics
