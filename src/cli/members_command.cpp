#include "cli/members_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "cli/once.h"
#include "config/config.h"
#include "coordination/group.h"
#include "coordination/view_json.h"

namespace fas::cli {
namespace {

constexpr std::chrono::seconds kPatience{10};

Result<coordination::View> ask(const std::string& path, const config::Environment& environment) {
  Result<config::Config> config = config::load(path, environment, config::Purpose::kServe);
  if (!config) return std::unexpected(std::move(config.error()));
  if (!config->coordination) {
    return fail(ErrorKind::kInvalid, "the configuration has no coordination: this autoscaler works alone");
  }
  Once once;
  auto engine = coordination::make_engine(once.context().loop, once.clock(), *config->coordination);
  if (!engine) return std::unexpected(std::move(engine.error()));
  return once.run((*engine)->view(once.clock().now() + kPatience));
}

// A line for each member; with `with_apps` one for each app as well.
std::string table(const nlohmann::ordered_json& members, bool with_apps) {
  if (members.empty()) return "no autoscaler is alive\n";
  std::size_t width = std::string_view("MEMBER").size();
  for (const auto& member : members) width = std::max(width, member["name"].get_ref<const std::string&>().size());
  std::string text = fmt::format("{:<{}}  {:>6}  ADDRESS\n", "MEMBER", width, "APPS");
  for (const auto& member : members) {
    const auto& address = member["address"].get_ref<const std::string&>();
    text += fmt::format("{:<{}}  {:>6}  {}\n", member["name"].get_ref<const std::string&>(), width,
                        member["apps"].size(), address.empty() ? "-" : address);
    if (!with_apps) continue;
    for (const auto& app : member["apps"]) text += fmt::format("  {}\n", app.get_ref<const std::string&>());
  }
  return text;
}

}  // namespace

int run_members(const Invocation& invocation) {
  constexpr Flag kFlags[] = {kConfigFlag,
                             {.name = "apps", .placeholder = "", .help = "list the apps of each"},
                             {.name = "json", .placeholder = "", .help = "print JSON, with the apps of each"}};
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, kFlags);
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "members", kMembersHelp, kFlags);
  const Result<coordination::View> view = ask(flags->value("config"), invocation.environment);
  if (!view) return show_error(invocation.err, view.error().message);
  const nlohmann::ordered_json members = coordination::members_json(*view);
  constexpr int kIndent = 2;
  invocation.out << (flags->has("json") ? members.dump(kIndent) + "\n" : table(members, flags->has("apps")));
  return 0;
}

}  // namespace fas::cli
