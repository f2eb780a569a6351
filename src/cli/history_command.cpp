#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

#include "base/duration.h"
#include "cli/decision_text.h"
#include "cli/plan_command.h"
#include "control/history_read.h"
#include "scale/time_text.h"

namespace fas::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Flag kStateDirFlag = {
    .name = "state-dir", .placeholder = "DIR", .help = "where the history is; default: what the configuration says"};
constexpr Flag kJsonFlag = {.name = "json", .placeholder = "", .help = "print JSON"};

Result<std::string> state_dir(const ParsedFlags& flags, const config::Environment& environment) {
  if (std::string named = flags.value("state-dir"); !named.empty()) return named;
  if (!flags.value("config").empty()) {
    const Result<config::Config> config = config::load(flags.value("config"), environment, config::Purpose::kEvaluate);
    if (!config) return std::unexpected(config.error());
    if (!config->state_dir.empty()) return config->state_dir;
  } else if (const auto variable = environment("FAS_STATE_DIR"); variable && !variable->empty()) {
    return *variable;
  }
  return fail(ErrorKind::kInvalid,
              "there is no history without a state-dir; set it in the configuration, or name it with -state-dir");
}

// RFC 3339, or a duration before now: "2h".
Result<WallTime> time_of(const std::string& flag, const std::string& text) {
  if (const auto ago = parse_duration(text)) {
    return std::chrono::system_clock::now() - std::chrono::duration_cast<WallTime::duration>(*ago);
  }
  if (const auto time = scale::parse_time(text)) return *time;
  return fail(ErrorKind::kInvalid, fmt::format("cannot read -{} \"{}\"; write a time as 2026-11-24T19:30:00Z, or how "
                                               "long ago as 2h",
                                               flag, text));
}

Json parse(const control::HistoryRecord& record) {
  Json json = Json::parse(record.decision, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? std::move(json) : Json::object();
}

Result<std::vector<control::HistoryRecord>> read(const ParsedFlags& flags, const config::Environment& environment,
                                                 control::HistoryQuery query) {
  const Result<std::string> directory = state_dir(flags, environment);
  if (!directory) return std::unexpected(directory.error());
  for (const auto& [flag, time] : {std::pair("since", &query.since), {"until", &query.until}, {"at", &query.until}}) {
    const std::string text = flags.value(flag);
    if (text.empty()) continue;
    const Result<WallTime> parsed = time_of(flag, text);
    if (!parsed) return std::unexpected(parsed.error());
    *time = *parsed;
  }
  query.app = flags.value("app");
  query.actions_only = flags.has("actions");
  return control::read_history(*directory, query);
}

}  // namespace

int run_explain(const Invocation& invocation) {
  constexpr Flag kFlags[] = {kConfigFlag,
                             kStateDirFlag,
                             {.name = "app", .placeholder = "NAME", .help = "the app; default: the last one decided"},
                             {.name = "at", .placeholder = "TIME", .help = "the last decision at or before this time"},
                             kJsonFlag};
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, kFlags);
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "explain", kExplainHelp, kFlags);
  const auto records = read(*flags, invocation.environment, {.limit = 1});
  if (!records) return show_error(invocation.err, records.error().message);
  if (records->empty()) return show_error(invocation.err, "the history has no such decision; `history` lists them");
  const Json json = parse(records->front());
  constexpr int kIndent = 2;
  invocation.out << (flags->has("json") ? json.dump(kIndent) + "\n" : decision_text(records->front().app, json));
  return 0;
}

int run_history(const Invocation& invocation) {
  constexpr Flag kFlags[] = {kConfigFlag,
                             kStateDirFlag,
                             {.name = "app", .placeholder = "NAME", .help = "an app, `*` standing for any text"},
                             {.name = "since", .placeholder = "TIME", .help = "a time, or how long ago: 2h"},
                             {.name = "until", .placeholder = "TIME", .help = "likewise"},
                             {.name = "actions", .placeholder = "", .help = "leave out where nothing was to do"},
                             {.name = "n", .placeholder = "COUNT", .help = "at most so many; default 50"},
                             kJsonFlag};
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, kFlags);
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "history", kHistoryHelp, kFlags);
  control::HistoryQuery query{.limit = 50};
  if (const std::string count = flags->value("n"); !count.empty()) {
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), query.limit);
    if (error != std::errc{} || end != count.data() + count.size() || query.limit == 0) {
      return show_error(invocation.err, fmt::format("cannot read -n \"{}\"; write a number above 0", count));
    }
  }
  const auto records = read(*flags, invocation.environment, std::move(query));
  if (!records) return show_error(invocation.err, records.error().message);
  for (const control::HistoryRecord& record : *records) {
    Json json = parse(record);
    if (flags->has("json")) {
      json["app"] = record.app;
      invocation.out << json.dump() << '\n';
    } else {
      invocation.out << decision_line(record.app, json);
    }
  }
  return 0;
}

}  // namespace fas::cli
