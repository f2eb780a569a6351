#include "cli/decision_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

namespace fas::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostMachines = 10;  // that are named; the rest is counted

std::string text_of(const Json& json, std::string_view key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const Json& json, std::string_view key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// A member, an empty object where there is none.
const Json& part(const Json& json, std::string_view key) {
  static const Json empty = Json::object();
  const auto found = json.find(key);
  return found == json.end() ? empty : *found;
}

// A member that is a list, an empty one where there is none.
const Json& list_in(const Json& json, std::string_view key) {
  static const Json empty = Json::array();
  const Json& member = part(json, key);
  return member.is_array() ? member : empty;
}

// As people write it: 412, not 412.0.
std::string number_text(const Json& number) {
  return number.is_number() ? fmt::format("{}", number.get<double>()) : number.dump();
}

std::string count_text(const Json& count) { return count.is_number() ? count.dump() : "-"; }

// "8", "2 to 10".
std::string bounds_text(const Json& bounds) {
  const Json& min = part(bounds, "min");
  const Json& max = part(bounds, "max");
  return min == max ? count_text(min) : fmt::format("{} to {}", count_text(min), count_text(max));
}

bool is_set(const Json& bounds) { return part(bounds, "min").is_number() || part(bounds, "max").is_number(); }

// "8 started", "4 created, 2 to 10 started".
std::string targets_text(const Json& targets) {
  std::string text;
  for (const char* axis : {"created", "started"}) {
    const Json& bounds = part(targets, axis);
    if (is_set(bounds)) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", bounds_text(bounds), axis);
  }
  return text.empty() ? "none" : text;
}

// Only what a stage has changed: "42 -> 8 started".
std::string change_text(const Json& stage) {
  std::string text;
  for (const char* axis : {"created", "started"}) {
    const Json& before = part(part(stage, "before"), axis);
    const Json& after = part(part(stage, "after"), axis);
    if (before == after) continue;
    text += fmt::format("{}{} -> {} {}", text.empty() ? "" : ", ", bounds_text(before), bounds_text(after), axis);
  }
  return text;
}

std::string metric_text(const Json& metric) {
  const std::string name = text_of(metric, "metric");
  if (metric.contains("error")) return fmt::format("{}: no value: {}", name, text_of(metric, "error"));
  if (metric.contains("series")) return fmt::format("{} = {} series", name, part(metric, "series").size());
  return fmt::format("{} = {}", name, number_text(part(metric, "value")));
}

std::string machines_text(const Json& current) {
  std::string text =
      fmt::format("{} created: {} started", number_of(current, "created"), number_of(current, "started"));
  for (const auto& [key, word] :
       {std::pair("coming_up", "on the way"), {"stopped", "stopped"}, {"suspended", "suspended"}}) {
    if (const auto count = number_of(current, key); count > 0) text += fmt::format(", {} {}", count, word);
  }
  return text;
}

std::string action_text(const Json& plan) {
  const std::string action = text_of(plan, "action");
  if (action == "no_scale") return "nothing to do";
  const auto count = number_of(plan, "count");
  return fmt::format("{} {} machine{}", action, count, count == 1 ? "" : "s");
}

// Lines with a word at their begin; a line without one continues what stands above.
class Lines {
 public:
  void add(std::string_view word, const std::string& text) { text_ += fmt::format("  {:<11} {}\n", word, text); }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_list(Lines& lines, const Json& list, const std::function<std::string(const Json&)>& text_of_entry) {
  const std::size_t shown = std::min(list.size(), kMostMachines);
  for (std::size_t i = 0; i < shown; ++i) lines.add("", "  " + text_of_entry(list[i]));
  if (list.size() > shown) lines.add("", fmt::format("  and {} more", list.size() - shown));
}

std::string machine_text(const Json& machine) {
  const std::string name = machine.contains("id") ? text_of(machine, "id") : text_of(machine, "name");
  return fmt::format("{} in {}{}", name, text_of(machine, "region"),
                     machine.contains("state") ? ", " + text_of(machine, "state") : "");
}

std::string outcome_text(const Json& outcome) {
  const std::string name = outcome.contains("name") ? text_of(outcome, "name") : text_of(outcome, "id");
  std::string text = fmt::format("{} in {}: {}", name, text_of(outcome, "region"), text_of(outcome, "result"));
  for (const Json& region : list_in(outcome, "full_regions")) {
    if (region.is_string()) text += fmt::format(", no room in {}", region.get<std::string>());
  }
  if (outcome.contains("error")) text += ": " + text_of(outcome, "error");
  return text;
}

void add_outcomes(Lines& lines, const Json& outcomes) {
  std::map<std::string, int> counts;
  Json remarkable = Json::array();
  for (const Json& outcome : outcomes) {
    ++counts[text_of(outcome, "result")];
    if (text_of(outcome, "result") != "done" || outcome.contains("full_regions")) remarkable.push_back(outcome);
  }
  std::string summary;
  for (const auto& [result, count] : counts) {
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, result);
  }
  lines.add("outcome", summary);
  add_list(lines, remarkable, outcome_text);
}

}  // namespace

std::string decision_text(std::string_view app, const Json& decision) {
  Lines lines;
  const char* word = "metrics";
  for (const Json& metric : list_in(decision, "metrics")) {
    lines.add(word, metric_text(metric));
    word = "";
  }
  lines.add("machines", machines_text(part(decision, "current")));
  if (decision.contains("error")) lines.add("error", text_of(decision, "error"));
  if (decision.contains("computed")) {
    const std::string targets = targets_text(part(decision, "computed"));
    lines.add(decision.contains("fallback") ? "fallback" : "expressions", targets);
  }
  for (const Json& stage : list_in(decision, "stages")) {
    lines.add("", fmt::format("{}: {}: {}", text_of(stage, "name"), change_text(stage), text_of(stage, "reason")));
  }
  if (decision.contains("targets")) {
    lines.add("target", targets_text(part(decision, "targets")));
  } else {
    lines.add("target", "none: holding what is there");
  }
  const Json& plan = part(decision, "plan");
  const std::string reason = text_of(plan, "reason");
  lines.add("plan", action_text(plan) + (reason.empty() ? "" : ": " + reason));
  add_list(lines, list_in(plan, "machines"), machine_text);
  if (plan.contains("waiting")) {
    lines.add("waiting", "for being idle:");
    add_list(lines, list_in(plan, "waiting"), [](const Json& machine) {
      return fmt::format("{} (busy: {})", text_of(machine, "id"), number_text(part(machine, "busy")));
    });
  }
  if (plan.contains("problem")) lines.add("problem", text_of(plan, "problem"));
  if (decision.contains("warning")) lines.add("warning", "scale-in-rank: " + text_of(decision, "warning"));
  if (decision.contains("hold")) lines.add("not done", text_of(decision, "hold"));
  if (decision.contains("outcomes")) add_outcomes(lines, list_in(decision, "outcomes"));
  return fmt::format("app {} at {}\n", app, text_of(decision, "at")) + lines.take();
}

std::string decision_line(std::string_view app, const Json& decision) {
  const Json& plan = part(decision, "plan");
  std::string what = action_text(plan);
  std::string why = text_of(plan, "reason");
  if (decision.contains("hold")) {
    what = "hold";
    why = text_of(decision, "hold");
  } else if (!decision.contains("targets")) {
    what = "hold";
    why = text_of(decision, "error");
  } else if (why.empty()) {
    why = "target " + targets_text(part(decision, "targets"));
  }
  if (plan.contains("problem")) why += "; " + text_of(plan, "problem");
  const Json& outcomes = list_in(decision, "outcomes");
  const auto failed = std::ranges::count_if(outcomes, [](const Json& o) { return text_of(o, "result") != "done"; });
  if (failed > 0) why += fmt::format("; {} of {} calls failed", failed, outcomes.size());
  return fmt::format("{}  {:<20} {:<20} {}\n", text_of(decision, "at"), app, what, why);
}

}  // namespace fas::cli
