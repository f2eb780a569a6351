#include "tests/simulation/run.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "tests/simulation/instance.h"
#include "tests/simulation/stage.h"

namespace fas::simulation {
namespace {

// Hands everything on to the referee, and writes it down.
class Recorder final : public WireObserver {
 public:
  Recorder(Timeline& timeline, Referee& referee, Report& report, bool trace)
      : timeline_(timeline), referee_(referee), report_(report), trace_(trace) {}

  void sent(const Exchange& exchange) override {
    record("->", exchange, 0);
    referee_.sent(exchange);
  }
  void took_effect(const Exchange& exchange) override {
    record("**", exchange, exchange.status);
    referee_.took_effect(exchange);
  }
  void replied(const Exchange& exchange, const Result<net::HttpResponse>& reply) override {
    record("<-", exchange, reply ? reply->status : -static_cast<int>(reply.error().kind));
    referee_.replied(exchange, reply);
  }
  void say(const std::string& line) {
    mix(line.size());
    if (trace_) report_.trace.push_back(fmt::format("{:>12}  {}", time(), line));
  }

 private:
  std::string time() const {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeline_.now()).count();
    return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
  }
  void mix(std::uint64_t value) { report_.hash = (report_.hash ^ value) * 0x100000001b3ULL; }
  void record(std::string_view what, const Exchange& exchange, int status) {
    mix(static_cast<std::uint64_t>(timeline_.now().count()));
    mix(exchange.number * 8 + static_cast<unsigned char>(what.front()));
    mix(static_cast<std::uint64_t>(status));
    for (const char c : exchange.path) mix(static_cast<unsigned char>(c));
    if (!trace_) return;
    std::string line =
        fmt::format("{} #{} {} {}", what, exchange.number, exchange.request.method, exchange.request.url);
    if (status != 0) line += fmt::format(" {}", status);
    if (exchange.spoilt) line += " (spoilt)";
    if (exchange.request.method == "POST" && what == "->" && !exchange.request.body.empty()) {
      line += " " + exchange.request.body.substr(0, 120);
    }
    if (what == "<-" && exchange.route.action == sim::Action::kList) line += list_text(exchange.response.body);
    if (what == "<-" && exchange.route.action == sim::Action::kMetrics) line += " " + exchange.response.body;
    report_.trace.push_back(fmt::format("{:>12}  {}", time(), line));
  }
  // "a:started b:stopped" of a list's JSON, for people.
  static std::string list_text(const std::string& body) {
    std::string text;
    std::size_t at = 0;
    const auto value = [&](std::string_view key) {
      const std::size_t found = body.find(key, at);
      if (found == std::string::npos) return std::string();
      at = found + key.size();
      return body.substr(at, body.find('"', at) - at);
    };
    for (;;) {
      const std::string id = value(R"({"id":")");
      if (id.empty()) return text;
      const std::string name = value(R"("name":")");
      text += fmt::format(" {}({}):{}", id, name, value(R"("state":")"));
    }
  }

  Timeline& timeline_;
  Referee& referee_;
  Report& report_;
  bool trace_;
};

class Play {
 public:
  Play(const Scenario& scenario, const RunOptions& options)
      : scenario_(scenario),
        stage_(scenario),
        referee_(scenario, stage_),
        recorder_(stage_.timeline(), referee_, report_, options.trace),
        yaml_(scenario.policy.yaml()) {
    stage_.network().observe(&recorder_);
    stage_.disk().on_append = [this](const control::HistoryRecord& record) { referee_.recorded(record); };
  }

  Report run() {
    for (const Event& event : scenario_.events) {
      stage_.timeline().at(event.at, [this, &event] { begin(event); });
    }
    start_process();
    bool settled = false;
    while (!referee_.violation()) {
      const auto next = stage_.timeline().next();
      if (!next || *next > scenario_.end) break;
      if (!settled && *next > scenario_.settled) {
        stage_.timeline().pass(scenario_.settled);
        stage_.world();
        referee_.check_settled();
        settled = true;
        continue;
      }
      stage_.timeline().step();
      run_process();
      referee_.look();
    }
    process_.reset();
    report_.violation = referee_.violation();
    report_.ticks = referee_.ticks();
    report_.acts = referee_.acts();
    report_.creates = referee_.creates();
    report_.simulated = stage_.timeline().now();
    return std::move(report_);
  }

 private:
  void begin(const Event& event) {
    recorder_.say(describe(event));
    if (event.kind == EventKind::kCrash || event.kind == EventKind::kStop) return end_process(event);
    if (event.kind == EventKind::kWallJump) referee_.calendar_moved();
    stage_.begin(event);
    if (event.lasts.count() == 0) return;
    stage_.timeline().at(stage_.timeline().now() + event.lasts, [this, &event] {
      recorder_.say("over: " + describe(event));
      stage_.end(event);
    });
  }

  void end_process(const Event& event) {
    if (!process_ || away_.count() > 0) return;  // it is down, or on its way there
    away_ = std::max<Duration>(event.lasts, std::chrono::milliseconds(1));
    if (event.kind == EventKind::kCrash) {
      steps_left_ = event.count;
    } else {
      process_->stop();
    }
  }

  void start_process() {
    away_ = Duration{0};
    ++number_;
    auto started = Instance::start(number_, stage_.surroundings(), yaml_,
                                   sim::Random(scenario_.seed).fork(fmt::format("process {}", number_)));
    if (!started) throw std::runtime_error(started.error().message + "\n" + yaml_);
    process_ = std::move(*started);
    referee_.process_began(number_);
    run_process();
  }

  void run_process() {
    if (!process_) return;
    if (steps_left_ > 0) {
      while (process_->run_one()) {
        if (--steps_left_ == 0) return gone("killed");
      }
    } else {
      process_->run();
    }
    if (process_->ended()) gone("ended");
  }

  void gone(std::string_view how) {
    recorder_.say(fmt::format("process {} {}", number_, how));
    referee_.process_ended(process_->history_written());
    if (!process_->ended()) ++report_.crashes;
    steps_left_ = 0;
    process_.reset();
    stage_.timeline().at(stage_.timeline().now() + away_, [this] {
      recorder_.say("restart");
      start_process();
    });
  }

  const Scenario& scenario_;
  Report report_;
  Stage stage_;
  Referee referee_;
  Recorder recorder_;
  std::string yaml_;
  std::unique_ptr<Instance> process_;
  int number_ = 0;
  int steps_left_ = 0;  // until it is killed; 0: it is not to be
  Duration away_{0};    // how long it stays away, once its end is decided
};

}  // namespace

Report run(const Scenario& scenario, const RunOptions& options) { return Play(scenario, options).run(); }

}  // namespace fas::simulation
