#include "config/behavior_keys.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/set.h"

namespace fas::config {
namespace {

using scale::Clamp;
using scale::DirectionRules;
using scale::ScheduleText;
using scale::SelectPolicy;
using scale::StepPolicy;
using scale::StepType;

constexpr std::size_t kMaxEntries = 100;  // of a list; more is most likely a mistake, and costs time in each decision

template <class T>
using Choice = std::pair<std::string_view, T>;

bool is_short_enough(Reading& reading, const YamlNode& node, const std::string& name) {
  if (!require_list(reading, node, name)) return false;
  if (node.items.size() <= kMaxEntries) return true;
  reading.problem_at(node, fmt::format("{} has more than {} entries", name, kMaxEntries));
  return false;
}

// --- what a schema says of a map of keys, and of a list of such maps ---

template <class T, const auto& keys>
nlohmann::ordered_json map_of() {
  nlohmann::ordered_json properties = nlohmann::ordered_json::object();
  add_properties<T>(properties, keys);
  return object_schema(std::move(properties));
}
template <class T, const auto& keys>
nlohmann::ordered_json list_of() {
  return {{"type", "array"}, {"items", map_of<T, keys>()}};
}

// --- scale-up, scale-down ---

constexpr auto kStepTypes = [] {
  return std::array{Choice<StepType>{"machines", StepType::kMachines}, Choice<StepType>{"percent", StepType::kPercent}};
};
constexpr auto kSelects = [] {
  return std::array{Choice<SelectPolicy>{"max", SelectPolicy::kMax}, Choice<SelectPolicy>{"min", SelectPolicy::kMin},
                    Choice<SelectPolicy>{"disabled", SelectPolicy::kDisabled}};
};

constexpr Key<StepPolicy> kStepKeys[] = {
    {.name = "type", .set = kChoice<&StepPolicy::type, kStepTypes>},
    {.name = "value", .set = kInteger<&StepPolicy::value, 1>},
    {.name = "period", .set = kPositiveDuration<&StepPolicy::period>},
};

void read_steps(Reading& reading, DirectionRules& rules, const YamlNode& node, const std::string& name) {
  if (!is_short_enough(reading, node, name)) return;
  rules.policies.clear();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    StepPolicy policy;
    read_map<StepPolicy>(reading, policy, *node.items[i], kStepKeys, fmt::format("{}[{}]", name, i));
    rules.policies.push_back(policy);
  }
}

constexpr Key<DirectionRules> kDirectionKeys[] = {
    {.name = "stabilization-window", .set = kDuration<&DirectionRules::stabilization_window>},
    {.name = "policies", .read = read_steps, .schema = list_of<StepPolicy, kStepKeys>},
    {.name = "select-policy", .set = kChoice<&DirectionRules::select, kSelects>},
    {.name = "cooldown", .set = kDuration<&DirectionRules::cooldown>},
};

template <DirectionRules scale::Behavior::* direction>
void read_direction(Reading& reading, AppDraft& draft, const YamlNode& node, const std::string& name) {
  read_map<DirectionRules>(reading, draft.config.behavior.*direction, node, kDirectionKeys, name);
}

// --- on-failure ---

constexpr auto kFailureActions = [] { return std::array{Choice<bool>{"hold", false}, Choice<bool>{"fallback", true}}; };

constexpr auto kPairs = &AppDraft::fallback;
constexpr auto kCreated = &CountPairs::created;
constexpr auto kStarted = &CountPairs::started;

constexpr Key<AppDraft> kFailureKeys[] = {
    {.name = "action", .set = kOfApp<kChoice<&AppConfig::fallback, kFailureActions>>},
    {.name = "after", .set = kOfApp<kInteger<&AppConfig::fallback_after, 1>>},
    {.name = "created-machine-count", .set = kCount<kPairs, kCreated, &CountTexts::exact>},
    {.name = "min-created-machine-count", .set = kCount<kPairs, kCreated, &CountTexts::min>},
    {.name = "max-created-machine-count", .set = kCount<kPairs, kCreated, &CountTexts::max>},
    {.name = "started-machine-count", .set = kCount<kPairs, kStarted, &CountTexts::exact>},
    {.name = "min-started-machine-count", .set = kCount<kPairs, kStarted, &CountTexts::min>},
    {.name = "max-started-machine-count", .set = kCount<kPairs, kStarted, &CountTexts::max>},
};

void read_on_failure(Reading& reading, AppDraft& draft, const YamlNode& node, const std::string& name) {
  draft.fallback = {};
  read_map<AppDraft>(reading, draft, node, kFailureKeys, name);
}

// --- limits, schedule ---

template <scale::Bounds Clamp::* axis, std::optional<int> scale::Bounds::* end, int lowest>
constexpr Setter<Clamp> kBound = {
    [](Reading& reading, Clamp& clamp, const Written& value) { kInteger<end, lowest>(reading, clamp.*axis, value); },
    kInteger<end, lowest>.schema};

constexpr Key<Clamp> kClampKeys[] = {
    {.name = "min-created", .set = kBound<&Clamp::created, &scale::Bounds::min, 1>},
    {.name = "max-created", .set = kBound<&Clamp::created, &scale::Bounds::max, 1>},
    {.name = "min-started", .set = kBound<&Clamp::started, &scale::Bounds::min, 0>},
    {.name = "max-started", .set = kBound<&Clamp::started, &scale::Bounds::max, 0>},
};

void read_limits(Reading& reading, AppDraft& draft, const YamlNode& node, const std::string& name) {
  draft.config.limits = {};
  read_map<Clamp>(reading, draft.config.limits, node, kClampKeys, name);
}

template <scale::Bounds Clamp::* axis, std::optional<int> scale::Bounds::* end, int lowest>
constexpr Setter<ScheduleText> kScheduleBound = {[](Reading& reading, ScheduleText& text, const Written& value) {
                                                   kBound<axis, end, lowest>(reading, text.clamp, value);
                                                 },
                                                 kInteger<end, lowest>.schema};

constexpr Key<ScheduleText> kScheduleKeys[] = {
    {.name = "name", .set = kText<&ScheduleText::name>},
    {.name = "cron", .set = kText<&ScheduleText::cron>},
    {.name = "duration", .set = kPositiveDuration<&ScheduleText::duration>},
    {.name = "time-zone", .set = kText<&ScheduleText::zone>},
    {.name = "min-created", .set = kScheduleBound<&Clamp::created, &scale::Bounds::min, 1>},
    {.name = "max-created", .set = kScheduleBound<&Clamp::created, &scale::Bounds::max, 1>},
    {.name = "min-started", .set = kScheduleBound<&Clamp::started, &scale::Bounds::min, 0>},
    {.name = "max-started", .set = kScheduleBound<&Clamp::started, &scale::Bounds::max, 0>},
};

void read_schedule_entry(Reading& reading, AppDraft& draft, const YamlNode& node, const std::string& name) {
  constexpr Duration kLongest = std::chrono::hours(31 * 24);
  ScheduleText text;
  read_map<ScheduleText>(reading, text, node, kScheduleKeys, name);
  if (node.kind != YamlNode::Kind::kMap || !reading.ok()) return;
  if (text.cron.empty()) return reading.problem_at(node, name + ": cron required, as in \"0 8 * * 1-5\"");
  if (text.duration <= Duration{0}) return reading.problem_at(node, name + ": duration required, as in \"10h\"");
  if (text.duration > kLongest) return reading.problem_at(node, name + ": duration is longer than 31 days");
  if (text.clamp.created == scale::Bounds{} && text.clamp.started == scale::Bounds{}) {
    return reading.problem_at(node, name +
                                        ": at least one of min-started, max-started, min-created, max-created "
                                        "required");
  }
  Result<scale::Schedule> schedule = scale::Schedule::make(std::move(text));
  if (!schedule) return reading.problem_at(node, fmt::format("{}: {}", name, reading.redact(schedule.error().message)));
  draft.config.schedules.push_back(std::move(*schedule));
}

void read_schedule(Reading& reading, AppDraft& draft, const YamlNode& node, const std::string& name) {
  if (!is_short_enough(reading, node, name)) return;
  draft.config.schedules.clear();
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    read_schedule_entry(reading, draft, *node.items[i], fmt::format("{}[{}]", name, i));
  }
}

constexpr Key<AppDraft> kBehaviorKeys[] = {
    {.name = "scale-up",
     .read = read_direction<&scale::Behavior::up>,
     .schema = map_of<DirectionRules, kDirectionKeys>},
    {.name = "scale-down",
     .read = read_direction<&scale::Behavior::down>,
     .schema = map_of<DirectionRules, kDirectionKeys>},
    {.name = "on-failure", .read = read_on_failure, .schema = map_of<AppDraft, kFailureKeys>},
    {.name = "limits", .read = read_limits, .schema = map_of<Clamp, kClampKeys>},
    {.name = "schedule", .read = read_schedule, .schema = list_of<ScheduleText, kScheduleKeys>},
};

template <class T>
void add_names(std::vector<std::string_view>& names, std::span<const Key<T>> keys) {
  for (const Key<T>& key : keys) names.push_back(key.name);
}

}  // namespace

std::span<const Key<AppDraft>> behavior_keys() { return kBehaviorKeys; }

std::vector<std::string_view> behavior_key_names() {
  std::vector<std::string_view> names;
  add_names<DirectionRules>(names, kDirectionKeys);
  add_names<StepPolicy>(names, kStepKeys);
  add_names<AppDraft>(names, kFailureKeys);
  add_names<Clamp>(names, kClampKeys);
  add_names<ScheduleText>(names, kScheduleKeys);
  return names;
}

}  // namespace fas::config
