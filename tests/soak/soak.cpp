// soak [-ticks N] [-every N] [-only TYPE]: asks every kind of source, for two apps that stay and one that is another
// every tenth tick, as fast as they answer, while their servers are killed, refuse and stall in turn, one every N
// ticks. Ends with whether memory, descriptors and threads were flat; the exit status says so, too.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control/collectors.h"
#include "control/log.h"
#include "control/setup.h"
#include "control/telemetry.h"
#include "net/curl_transport.h"
#include "net/gather.h"
#include "net/system_clock.h"
#include "tests/config/support.h"
#include "tests/soak/kinds.h"
#include "tests/soak/meter.h"
#include "tests/soak/stand_in.h"
#include "tests/support/run.h"

namespace fas::test {
namespace {

using Clock = std::chrono::steady_clock;
using Observations = std::vector<scale::Observation>;

constexpr int kRow = 1000;       // ticks of a row of the table
constexpr int kPassing = 10;     // ticks of an app's life
constexpr int kMeasure = 10;     // ticks between two measurements
constexpr int kCalm = 5;         // good ticks in a row, after which the next trouble may come
constexpr int kHurryEvery = 50;  // every so many ticks one has a deadline that nobody can keep
constexpr std::chrono::seconds kLongestRecovery{60};

struct Options {
  int ticks = 10'000;
  int every = 25;
  std::string only;  // one type of source; empty: all
};

struct Tally {
  int answers = 0;
  int errors = 0;      // but those of a deadline that nobody can keep
  int row_errors = 0;  // since the last row
  int wrong = 0;       // numbers
  int unseen = 0;      // troubles that no answer showed
  std::chrono::milliseconds slowest_recovery{0};
  std::string wrong_example, unseen_example, last_error;
};

class Soak {
 public:
  Soak(const Options& options, Kinds kinds) : options_(options), kinds_(std::move(kinds)) {
    for (std::size_t kind = 0; kind < kinds_.started.size(); ++kind) {
      for (std::size_t trouble = 0; trouble < kinds_.started[kind].troubles.size(); ++trouble) {
        plan_.emplace_back(kind, trouble);
      }
    }
    // By trouble, so that a kind has time between two of its own.
    std::ranges::stable_sort(plan_, {}, &std::pair<std::size_t, std::size_t>::second);
    uses_.reserve(static_cast<std::size_t>(options.ticks) / kMeasure + 1);
  }

  bool run() {
    configure();
    print_head();
    while (ticks_ < options_.ticks) {
      calm();
      if (ticks_ < options_.ticks) suffer();
    }
    return report();
  }

 private:
  void configure() {
    std::string yaml = "app-name: \"*\"\norg: \"acme\"\nstarted-machine-count: \"1\"\nmetric-collectors:\n";
    for (const Kind& kind : kinds_.started) yaml += kind.collectors;
    Result<config::Config> config = config::test::load_yaml(yaml);
    if (!config) throw std::runtime_error(config.error().message);
    const metrics::SourceContext context{.loop = loop_, .clock = clock_, .http = http_};
    auto collectors = control::Collectors::make(config->collectors, context, pool_);
    if (!collectors) throw std::runtime_error(collectors.error().message);
    collectors_.emplace(std::move(*collectors));
    for (const config::Collector& each : config->collectors) types_[each.metric_name] = each.type;
  }

  // One tick of every app; true when all was well.
  bool tick(std::chrono::nanoseconds limit) {
    // What is kept for an app must go some time after the app.
    const std::vector<std::string> names = {"worker", "mailer", fmt::format("passing-{}", ticks_ / kPassing)};
    std::vector<boost::asio::awaitable<Observations>> asked;
    for (const std::string& name : names) asked.push_back(collectors_->collect(name, clock_.now() + limit));
    const std::vector<Observations> all = test::run(loop_, net::gather(std::move(asked)));
    const bool hurried = limit < std::chrono::milliseconds(100);
    failing_.clear();
    for (std::size_t app = 0; app < names.size(); ++app) {
      const bool passing = app + 1 == names.size();  // most servers know nothing of it
      for (const scale::Observation& each : all[app]) {
        telemetry_.observed(names[app], each, clock_.wall_now());
        if (!hurried && !passing) count(each);
      }
      if (passing) telemetry_.forget(names[app]);
    }
    ++ticks_;
    if (ticks_ % kMeasure == 0) uses_.push_back(use_now());
    if (ticks_ % kRow == 0) print_row();
    return failing_.empty();
  }
  bool tick() { return tick(std::chrono::seconds(5)); }

  void count(const scale::Observation& seen) {
    const std::string& type = types_.at(seen.metric);
    Tally& tally = tallies_[type];
    if (!seen.value) {
      ++tally.errors;
      ++tally.row_errors;
      failing_[type] = tally.last_error = seen.value.error().message;
      return;
    }
    ++tally.answers;
    const double* number = std::get_if<double>(&*seen.value);
    if (number == nullptr || *number == kExpected) return;
    ++tally.wrong;
    tally.wrong_example = fmt::format("{}: {}", seen.metric, *number);
    failing_[type] = "a wrong number";  // a queue's statistics may lag behind its restart
  }

  // Until the next trouble is due and everybody has been well for a while.
  void calm() {
    int good = 0;
    const auto give_up = Clock::now() + kLongestRecovery;
    for (int i = 0; (i < options_.every || good < kCalm) && ticks_ < options_.ticks; ++i) {
      if (ticks_ % kHurryEvery == 0) {
        tick(std::chrono::milliseconds(1));
      } else {
        good = tick() ? good + 1 : 0;
        note_recovery();
      }
      if (ticks_ % kRow == 0) (void)telemetry_.exposition();
      if (Clock::now() > give_up && !failing_.empty()) {
        throw std::runtime_error(
            fmt::format("{} does not come back: {}", failing_.begin()->first, failing_.begin()->second));
      }
    }
  }

  void suffer() {
    const auto& [kind_index, trouble_index] = plan_[next_++ % plan_.size()];
    const Kind& kind = kinds_.started[kind_index];
    const Trouble& trouble = kind.troubles[trouble_index];
    Tally& tally = tallies_[kind.type];
    const int before = tally.errors;
    trouble.begin();
    for (int i = 0; i < trouble.ticks; ++i) tick();
    trouble.end();
    if (tally.errors == before) {
      ++tally.unseen;
      tally.unseen_example = trouble.name;
    }
    troubled_ = kind.type;
    troubled_since_ = Clock::now();
  }

  // At the first good answer after a trouble.
  void note_recovery() {
    if (troubled_.empty() || failing_.contains(troubled_)) return;
    Tally& tally = tallies_[troubled_];
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - troubled_since_);
    tally.slowest_recovery = std::max(tally.slowest_recovery, took);
    troubled_.clear();
  }

  void print_head() const {
    for (const auto& [type, reason] : kinds_.missing) fmt::print("not here: {} ({})\n", type, reason);
    fmt::print("{} kinds, {} collectors, 3 apps, {} ticks; a trouble every {} ticks, {} troubles in turn\n",
               kinds_.started.size(), types_.size(), options_.ticks, options_.every, plan_.size());
    fmt::print("{:>7} {:>8} {:>9} {:>12} {:>8}  errors\n", "ticks", "seconds", "RSS KiB", "descriptors", "threads");
    std::fflush(stdout);
  }

  void print_row() {
    const Use use = use_now();
    std::string errors;
    for (auto& [type, tally] : tallies_) {
      if (tally.row_errors > 0) errors += fmt::format(" {}={}", type, tally.row_errors);
      tally.row_errors = 0;
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    fmt::print("{:>7} {:>8.1f} {:>9.0f} {:>12} {:>8} {}\n", ticks_, seconds, use.rss_kib, use.descriptors, use.threads,
               errors);
    std::fflush(stdout);
  }

  bool report() const {
    fmt::print("\n{:<12} {:>9} {:>8} {:>7} {:>20} {:>8}\n", "source", "answers", "errors", "wrong", "slowest recovery",
               "unseen");
    bool right = true;
    for (const auto& [type, tally] : tallies_) {
      fmt::print("{:<12} {:>9} {:>8} {:>7} {:>17} ms {:>8}{}\n", type, tally.answers, tally.errors, tally.wrong,
                 tally.slowest_recovery.count(), tally.unseen,
                 (tally.wrong > 0 ? "  " + tally.wrong_example : "") +
                     (tally.unseen > 0 ? "  not seen: " + tally.unseen_example : ""));
      right = right && tally.answers > 0 && tally.unseen == 0;
    }
    fmt::print("\nthe last error of each:\n");
    for (const auto& [type, tally] : tallies_) {
      if (!tally.last_error.empty()) fmt::print("  {}\n", tally.last_error);
    }
    const Flatness result = flatness(uses_, ticks_);
    fmt::print("\n{} troubles suffered\n{}", next_, result.text);
    if (!right) fmt::print("FAILED: a source never answered, or a trouble passed unseen\n");
    return right && result.flat;
  }

  Options options_;
  Kinds kinds_;
  boost::asio::io_context loop_;
  net::SystemClock clock_{loop_};
  net::CurlTransport http_{loop_, clock_};
  metrics::SourcePool pool_;
  std::optional<control::Collectors> collectors_;
  control::Telemetry telemetry_;
  std::map<std::string, std::string> types_;               // by metric
  std::map<std::string, Tally> tallies_;                   // by type
  std::map<std::string, std::string> failing_;             // of the last tick: type and error
  std::vector<std::pair<std::size_t, std::size_t>> plan_;  // kind and trouble
  std::size_t next_ = 0;
  std::string troubled_;
  Clock::time_point troubled_since_, begin_ = Clock::now();
  int ticks_ = 0;
  std::vector<Use> uses_;
};

bool read_number(std::string_view text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number > 0;
}

int soak_main(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "stand-in") return serve_stand_in(arguments[1]);
  Options options;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    if (arguments[i] == "-only" && i + 1 < arguments.size()) {
      options.only = arguments[i + 1];
      continue;
    }
    int* const number = arguments[i] == "-ticks" ? &options.ticks : arguments[i] == "-every" ? &options.every : nullptr;
    if (number == nullptr || i + 1 == arguments.size() || !read_number(arguments[i + 1], *number)) {
      fmt::print(stderr, "usage: soak [-ticks N] [-every N] [-only TYPE]\n");
      return 2;
    }
  }
  control::set_log_level(control::LogLevel::kError);
  Kinds kinds = start_kinds(options.only);
  Soak soak(options, std::move(kinds));
  return soak.run() ? 0 : 1;
}

}  // namespace
}  // namespace fas::test

int main(int argc, char** argv) {
  try {
    return fas::test::soak_main({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "soak: {}\n", error.what());
    return 1;
  }
}
