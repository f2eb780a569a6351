#include "tests/simulation/referee.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace fas::simulation {
namespace {

using sim::Action;
using std::chrono::minutes;
using std::chrono::seconds;

std::optional<ActKind> act_kind(Action action) {
  switch (action) {
    case Action::kStart: return ActKind::kStart;
    case Action::kStop:
    case Action::kSuspend: return ActKind::kStop;
    case Action::kDestroy: return ActKind::kDestroy;
    case Action::kCreate: return ActKind::kCreate;
    default: return std::nullopt;
  }
}

std::string name_of_create(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  return json.is_object() ? json.value("name", "") : std::string();
}

bool is_busy(const Exchange& exchange) { return exchange.query.starts_with("query=busy"); }

bool good(const Result<net::HttpResponse>& reply) { return reply && reply->status >= 200 && reply->status < 300; }

}  // namespace

std::string_view to_string(ActKind kind) {
  switch (kind) {
    case ActKind::kStart: return "start";
    case ActKind::kStop: return "stop";
    case ActKind::kDestroy: return "destroy";
    case ActKind::kCreate: return "create";
  }
  return {};
}

void Referee::process_began(int process) {
  process_ = {.number = process, .last_sign = stage_.timeline().now()};
  buckets_.clear();
  if (ticks_after_move_ == kEnoughTicks) return;
  for (Tick& tick : ticks_) tick.remembered = false;  // at times that do not fit any more
  ticks_after_move_ = kEnoughTicks;
}

void Referee::process_ended(bool written) {
  forgot_ = forgot_ || !written;
  for (Tick& tick : ticks_) {
    if (tick.process != process_.number) {
      tick.remembered = tick.remembered && written;
      continue;
    }
    // Of the last tick it is not known how far its memory got: SIGTERM ends one that takes too long, too.
    const bool last = &tick == &ticks_.back();
    tick.remembered = Instance::kMemorySurvives && written && !last;
  }
  process_ = {};
}

void Referee::recorded(const control::HistoryRecord& record) {
  Tick* tick = current();
  if (tick != nullptr && record.at == tick->wall) tick->record = record;  // else of a tick without a list
}

void Referee::look() {
  if (process_.number == 0) return;
  const Duration silence = stage_.timeline().now() - process_.last_sign;
  if (silence > 2 * policy_.interval + policy_.timeout + seconds(5)) {
    note(violation_of("no-tick", fmt::format("no list was asked for in {}", format_duration(silence))));
  }
}

void Referee::sent(const Exchange& exchange) {
  if (exchange.process != process_.number) return;
  switch (exchange.route.action) {
    case Action::kMetrics:
      (is_busy(exchange) ? process_.busy : process_.metric) = Part::kAsked;
      if (process_.list != Part::kAsked) process_.list = Part::kNone;
      return;
    case Action::kList:
      process_.list = Part::kAsked;
      process_.last_sign = stage_.timeline().now();
      break;
    default: break;
  }
  note(judge_rate(exchange));
  if (const auto kind = act_kind(exchange.route.action)) act_sent(exchange, *kind);
}

void Referee::took_effect(const Exchange& exchange) {
  if (exchange.route.action == Action::kList && exchange.status == 200) return list_took_effect(exchange);
  if (!act_kind(exchange.route.action) || exchange.status != 200) return;
  Act* act = find_act(exchange.number);
  if (act == nullptr) return;
  act->effect = stage_.timeline().now();
  if (act->kind == ActKind::kStop || act->kind == ActKind::kStart) {
    stopped_[act->machine] = act->kind == ActKind::kStop;
  }
  if (act->kind == ActKind::kCreate) note(judge_effect(*act));
}

void Referee::list_took_effect(const Exchange& exchange) {
  const sim::App& app = stage_.app();
  const Duration now = stage_.timeline().now();
  if (!last_snapshot_ || last_snapshot_->made != app.list_made) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->made = app.list_made;
    for (const auto& [index, machine] : app.machines) {
      const bool business =
          machine.state != MachineState::kDestroyed && machine.host_status == "ok" && Stage::in_group(machine);
      if (!business) continue;
      snapshot->machines.push_back({.id = machine.id,
                                    .name = machine.name,
                                    .state = machine.state,
                                    .leased = machine.lease.has_value(),
                                    .created_at = machine.created_at,
                                    .updated_at = machine.updated_at});
    }
    last_snapshot_ = std::move(snapshot);
  }
  lists_[exchange.number] = {last_snapshot_, app.list_valid ? now : app.list_made};
}

void Referee::replied(const Exchange& exchange, const Result<net::HttpResponse>& reply) {
  if (exchange.process != process_.number) return;
  switch (exchange.route.action) {
    case Action::kList: return list_replied(exchange, good(reply) && !exchange.spoilt);
    case Action::kMetrics: return metric_replied(exchange, reply);
    case Action::kGraphql: return release_replied(exchange, reply);
    case Action::kLeaseTake:
      if (Tick* tick = current(); tick != nullptr && !good(reply)) ++tick->refusals;
      return;
    default: break;
  }
  if (act_kind(exchange.route.action)) act_replied(exchange, reply);
}

void Referee::list_replied(const Exchange& exchange, bool is_good) {
  const auto found = lists_.find(exchange.number);
  process_.list = is_good && found != lists_.end() ? Part::kGood : Part::kBad;
  if (process_.list == Part::kGood) std::tie(process_.snapshot, process_.made) = found->second;
  if (found != lists_.end()) lists_.erase(lists_.begin(), std::next(found));
  try_complete_tick();
}

void Referee::metric_replied(const Exchange& exchange, const Result<net::HttpResponse>& reply) {
  if (is_busy(exchange)) {
    process_.who_is_busy = good(reply) ? Metric::read_busy(reply->body) : std::nullopt;
    process_.busy = process_.who_is_busy ? Part::kGood : Part::kBad;
    return try_complete_tick();
  }
  process_.depth = good(reply) ? Metric::read(reply->body) : std::nullopt;
  process_.metric = process_.depth ? Part::kGood : Part::kBad;
  try_complete_tick();
}

void Referee::try_complete_tick() {
  const auto there = [](bool needed, Part part) { return !needed || part == Part::kGood || part == Part::kBad; };
  if (process_.list != Part::kGood || !there(policy_.needs_metric(), process_.metric) ||
      !there(policy_.busy, process_.busy)) {
    return;
  }
  if (const Tick* before = current()) note(judge_record(*before));
  const Duration now = stage_.timeline().now();
  Tick tick{.number = next_tick_++,
            .process = process_.number,
            .decided = now,
            .made = process_.made,
            .list = process_.snapshot,
            .busy = process_.who_is_busy};
  tick.wall = stage_.world().wall_now() + std::chrono::duration_cast<WallTime::duration>(stage_.wall_offset());
  if (!policy_.needs_metric() || process_.depth) {
    tick.depth = process_.depth.value_or(0);
    tick.goal = policy_.goal(*tick.depth);
    failures_ = 0;
  } else if (++failures_ >= policy_.fallback_after && policy_.fallback_after > 0) {
    tick.goal = policy_.fallback;
  }
  process_.list = process_.metric = process_.busy = Part::kNone;
  ticks_after_move_ = std::min(ticks_after_move_ + 1, kEnoughTicks);
  constexpr Duration kLookback = minutes(12);
  while (!ticks_.empty() && now - ticks_.front().decided > kLookback) ticks_.pop_front();
  ticks_.push_back(std::move(tick));
  tolerate(ticks_.back());
}

// What differs from what is there by no more than the tolerance is not asked for at all; a plain count stays one.
void Referee::tolerate(Tick& tick) const {
  if (policy_.tolerance == 0 || !tick.goal) return;
  const auto change = [&](std::optional<Range>& range, int up, int down) {
    if (!range) return;
    const bool plain = range->min == range->max;
    if (range->min > up && within_tolerance(range->min, up)) {
      range->min = up;
      if (plain) range->max = up;
    }
    if (range->max < down && within_tolerance(range->max, down)) {
      range->max = down;
      if (plain) range->min = down;
    }
  };
  const int unlisted = unlisted_creates(tick, Unlisted::kBelieved);
  change(tick.goal->created, created_count(tick) + unlisted, created_count(tick));
  change(tick.goal->started, up_count(tick, Unlisted::kBelieved), started_count(tick));
}

bool Referee::within_tolerance(int target, int count) const {
  return std::abs(static_cast<double>(target) - count) <= policy_.tolerance * count + 1e-9;
}

Tick* Referee::current() {
  if (ticks_.empty() || ticks_.back().process != process_.number) return nullptr;
  return &ticks_.back();
}

void Referee::release_replied(const Exchange& exchange, const Result<net::HttpResponse>& reply) {
  Tick* tick = current();
  if (tick == nullptr || !good(reply) || exchange.spoilt) return;
  tick->release = reply->body.find(R"("status":"running")") != std::string::npos;
}

void Referee::act_sent(const Exchange& exchange, ActKind kind) {
  ++act_count_;
  if (kind == ActKind::kCreate) ++create_count_;
  Tick* tick = current();
  if (tick == nullptr) return note(violation_of("blind", fmt::format("a {} before any list", to_string(kind))));
  Act act{.exchange = exchange.number,
          .kind = kind,
          .machine = kind == ActKind::kCreate ? name_of_create(exchange.request.body) : exchange.route.machine,
          .process = exchange.process,
          .tick = tick->number,
          .decided = tick->decided,
          .sent = stage_.timeline().now(),
          .effect = {}};
  if (kind == ActKind::kStop) stopped_.try_emplace(act.machine, false);
  tick->acts.push_back(std::move(act));
  note(judge(*tick, tick->acts.back()));
}

Act* Referee::find_act(std::uint64_t exchange) {
  for (auto tick = ticks_.rbegin(); tick != ticks_.rend(); ++tick) {
    const auto found = std::ranges::find(tick->acts, exchange, &Act::exchange);
    if (found != tick->acts.end()) return &*found;
  }
  return nullptr;
}

void Referee::act_replied(const Exchange& exchange, const Result<net::HttpResponse>& reply) {
  Act* act = find_act(exchange.number);
  if (act == nullptr) return;
  if (Tick* tick = current(); tick != nullptr && !good(reply)) ++tick->refusals;
  if (!reply) {
    const bool not_sent = reply.error().kind == ErrorKind::kUnavailable || reply.error().kind == ErrorKind::kTimeout;
    act->known = not_sent ? Known::kVoid : Known::kUnknown;
  } else if (reply->status >= 200 && reply->status < 300) {
    act->known = exchange.spoilt ? Known::kUnknown : Known::kDone;
  } else {
    act->known = reply->status >= 500 || reply->status == 408 ? Known::kUnknown : Known::kVoid;
  }
}

}  // namespace fas::simulation
