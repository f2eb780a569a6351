#include "cli/backtest_flags.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/number_text.h"
#include "cli/command_line.h"
#include "scale/time_text.h"

namespace fas::cli {
namespace {

constexpr std::array kFlags = {
    kConfigFlag,
    Flag{.name = "app", .placeholder = "NAME", .help = "the app, where the configuration has several"},
    Flag{.name = "csv", .placeholder = "FILE", .help = "the recording: a heading time,METRIC,... and a row a moment"},
    Flag{.name = "jsonl", .placeholder = "FILE", .help = "the recording: one {\"time\": ..., \"METRIC\": ...} a line"},
    Flag{.name = "history", .placeholder = "DIR", .help = "the recording: what the daemon has left in its state-dir"},
    Flag{.name = "prometheus", .placeholder = "", .help = "the recording: ask the policy's prometheus collectors"},
    Flag{.name = "since", .placeholder = "TIME", .help = "from when on: a time, or how long before the end, as 30d"},
    Flag{.name = "until", .placeholder = "TIME", .help = "up to when; default: the end of the recording"},
    Flag{.name = "step", .placeholder = "DURATION", .help = "from tick to tick; default: the interval"},
    Flag{
        .name = "policy", .placeholder = "NAME=FILE", .help = "another configuration to compare with; may be repeated"},
    Flag{.name = "fixed", .placeholder = "N", .help = "a fixed count to compare with; may be repeated"},
    Flag{.name = "set", .placeholder = "NAME=N", .help = "the value of a name in expressions; may be repeated"},
    Flag{.name = "sweep", .placeholder = "RANGE", .help = "many values of a name: per=5..50 or per=5..50:5"},
    Flag{.name = "closed", .placeholder = "", .help = "closed loop: a model of the queue that the machines work on"},
    Flag{.name = "service-rate", .placeholder = "N", .help = "jobs a second that one machine works off"},
    Flag{.name = "boot-time", .placeholder = "DURATION", .help = "from starting a machine until it works; default 5s"},
    Flag{.name = "stop-time", .placeholder = "DURATION", .help = "from stopping a machine until it has; default 1s"},
    Flag{.name = "queue-metric", .placeholder = "NAME", .help = "the metric that is the queue's depth"},
    Flag{
        .name = "arrivals", .placeholder = "NAME", .help = "the column of jobs that arrive in a row; default arrivals"},
    Flag{.name = "even", .placeholder = "", .help = "jobs arrive evenly, not at random"},
    Flag{.name = "seed", .placeholder = "N", .help = "of what is random; default 1"},
    Flag{.name = "start", .placeholder = "N", .help = "machines that run at the begin; default: as recorded, or 1"},
    Flag{.name = "machines",
         .placeholder = "N",
         .help = "machines that exist at the begin; default: as many as it takes"},
    Flag{.name = "price", .placeholder = "N", .help = "of a machine for an hour"},
    Flag{.name = "slo", .placeholder = "DURATION", .help = "a job that waits longer is late; default 60s"},
    Flag{.name = "json", .placeholder = "", .help = "print JSON"},
    Flag{.name = "html", .placeholder = "FILE", .help = "write a page with tables and plots"},
    Flag{.name = "svg", .placeholder = "FILE", .help = "write the plots as a picture"},
    Flag{.name = "fail-if", .placeholder = "EXPR", .help = "exit with status 1 if true of a policy: 'slo > 0.01'"},
};

std::unexpected<Error> bad(std::string_view flag, std::string_view text, std::string_view want) {
  return fail(ErrorKind::kInvalid, fmt::format("cannot read -{} \"{}\"; write {}", flag, text, want));
}

// Reads one flag after the other into a request; the first error is kept.
class Reader {
 public:
  explicit Reader(const ParsedFlags& flags) : flags_(flags) {}

  void text(std::string_view flag, std::string& target) {
    if (flags_.has(flag)) target = flags_.value(flag);
  }

  void duration(std::string_view flag, Duration& target, Duration least) {
    if (!flags_.has(flag)) return;
    const std::string text = flags_.value(flag);
    const auto read = parse_span(text);
    if (!read || *read < least) return set_error(bad(flag, text, "a duration as 15s or 2m"));
    target = *read;
  }

  void number(std::string_view flag, double& target, bool may_be_zero) {
    if (!flags_.has(flag)) return;
    const std::string text = flags_.value(flag);
    const ParsedNumber<double> read = parse_float(text);
    constexpr double kMost = 1e9;
    const bool good = read && read.value <= kMost && (may_be_zero ? read.value >= 0 : read.value >= 1 / kMost);
    if (!good) return set_error(bad(flag, text, may_be_zero ? "a number from 0 on" : "a number above 0"));
    target = read.value;
  }

  std::optional<int> count(std::string_view flag, const std::string& text) {
    constexpr int kMost = 10'000;
    int read = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (error == std::errc{} && end == text.data() + text.size() && read >= 0 && read <= kMost) return read;
    set_error(bad(flag, text, fmt::format("a number of machines from 0 to {}", kMost)));
    return std::nullopt;
  }
  void count(std::string_view flag, std::optional<int>& target) {
    if (flags_.has(flag)) target = count(flag, flags_.value(flag));
  }

  void seed(std::uint64_t& target) {
    if (!flags_.has("seed")) return;
    const std::string text = flags_.value("seed");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), target);
    if (error != std::errc{} || end != text.data() + text.size()) set_error(bad("seed", text, "a whole number"));
  }

  void time(std::string_view flag, std::optional<TimeOrAgo>& target) {
    if (!flags_.has(flag)) return;
    const std::string text = flags_.value(flag);
    if (const auto ago = parse_span(text)) {
      target = TimeOrAgo{.time = std::nullopt, .ago = *ago};
    } else if (const auto time = scale::parse_time(text)) {
      target = TimeOrAgo{.time = time};
    } else {
      set_error(bad(flag, text, "a time as 2026-11-24T19:30:00Z, or how long before the end as 7d or 2h"));
    }
  }

  void recording(BacktestRequest& request) {
    constexpr std::pair<std::string_view, RecordingKind> kKinds[] = {{"csv", RecordingKind::kCsv},
                                                                     {"jsonl", RecordingKind::kJsonLines},
                                                                     {"history", RecordingKind::kHistory},
                                                                     {"prometheus", RecordingKind::kPrometheus}};
    int given = 0;
    for (const auto& [flag, kind] : kKinds) {
      if (!flags_.has(flag)) continue;
      ++given;
      request.recording = kind;
      request.path = flags_.value(flag);
    }
    if (given != 1) {
      set_error(fail(ErrorKind::kInvalid,
                     "what is to be replayed? give one of -csv FILE, -jsonl FILE, -history DIR and -prometheus"));
    }
  }

  void lists(BacktestRequest& request) {
    for (const auto& [flag, text] : flags_.values) {
      if (flag == "fixed") {
        if (const auto read = count(flag, text)) request.fixed.push_back(*read);
      } else if (flag == "set") {
        auto constant = backtest::parse_constant(text);
        if (constant) {
          request.constants.insert_or_assign(constant->first, constant->second);
        } else {
          set_error(std::unexpected(constant.error()));
        }
      } else if (flag == "sweep") {
        auto range = backtest::parse_sweep(text);
        if (range) {
          request.sweep.push_back(*range);
        } else {
          set_error(std::unexpected(range.error()));
        }
      } else if (flag == "policy") {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
          set_error(bad(flag, text, "NAME=FILE, as in careful=careful.yml"));
        } else {
          request.policies.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
      }
    }
  }

  const std::optional<Error>& error() const { return error_; }

 private:
  void set_error(std::unexpected<Error> error) {
    if (!error_) error_ = std::move(error.error());
  }

  const ParsedFlags& flags_;
  std::optional<Error> error_;
};

}  // namespace

std::span<const Flag> backtest_flags() { return kFlags; }

std::optional<Duration> parse_span(std::string_view text) {
  if (text.ends_with('d')) {
    constexpr int kMostDays = 36'500;
    int days = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size() - 1, days);
    if (error != std::errc{} || end + 1 != text.data() + text.size() || days < 0 || days > kMostDays) {
      return std::nullopt;
    }
    return std::chrono::hours(24) * days;
  }
  const auto duration = parse_duration(text);
  return duration && *duration >= Duration{0} ? duration : std::nullopt;
}

Result<BacktestRequest> read_backtest_flags(const ParsedFlags& flags) {
  BacktestRequest request;
  Reader reader(flags);
  reader.text("config", request.config);
  reader.text("app", request.app);
  reader.recording(request);
  reader.time("since", request.since);
  reader.time("until", request.until);
  reader.duration("step", request.step, std::chrono::milliseconds(1));
  reader.lists(request);
  request.closed = flags.has("closed");
  reader.number("service-rate", request.service_rate, /*may_be_zero=*/false);
  reader.duration("boot-time", request.boot_time, Duration{0});
  reader.duration("stop-time", request.stop_time, Duration{0});
  reader.text("queue-metric", request.queue_metric);
  reader.text("arrivals", request.arrivals);
  request.even = flags.has("even");
  reader.seed(request.seed);
  reader.count("start", request.start);
  reader.count("machines", request.machines);
  reader.number("price", request.price, /*may_be_zero=*/true);
  reader.duration("slo", request.slo, Duration{0});
  request.json = flags.has("json");
  reader.text("html", request.html);
  reader.text("svg", request.svg);
  reader.text("fail-if", request.fail_if);
  if (reader.error()) return std::unexpected(*reader.error());
  return request;
}

}  // namespace fas::cli
