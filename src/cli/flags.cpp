#include "cli/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace fas::cli {
namespace {

struct Token {
  std::string_view name;
  std::optional<std::string_view> value;  // behind a `=`
};

Token split_token(std::string_view arg) {
  arg.remove_prefix(arg.starts_with("--") ? 2 : 1);
  const std::size_t equals = arg.find('=');
  if (equals == std::string_view::npos) return {.name = arg, .value = std::nullopt};
  return {.name = arg.substr(0, equals), .value = arg.substr(equals + 1)};
}

std::unexpected<Error> unknown_flag(std::string_view name, std::span<const Flag> flags) {
  std::vector<std::string_view> names;
  for (const Flag& flag : flags) names.push_back(flag.name);
  std::string message = fmt::format("flag provided but not defined: -{}", name);
  if (const auto meant = nearest(name, names)) message += fmt::format("; did you mean -{}?", *meant);
  return fail(ErrorKind::kInvalid, std::move(message));
}

}  // namespace

std::string ParsedFlags::value(std::string_view name) const {
  std::string result;
  for (const auto& [flag, value] : values) {
    if (flag == name) result = value;
  }
  return result;
}

bool ParsedFlags::has(std::string_view name) const {
  return std::ranges::any_of(values, [name](const auto& given) { return given.first == name; });
}

Result<ParsedFlags> parse_flags(std::span<const std::string> args, std::span<const Flag> flags, FlagOrder order) {
  ParsedFlags parsed;
  std::size_t i = 0;
  for (; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    if (arg == "--") {
      ++i;
      break;
    }
    if (arg.size() < 2 || arg.front() != '-') {
      if (order == FlagOrder::kFirst) break;
      parsed.arguments.emplace_back(arg);
      continue;
    }
    const Token token = split_token(arg);
    if (token.name.empty() || token.name.front() == '-') {
      return fail(ErrorKind::kInvalid, fmt::format("bad flag syntax: {}", arg));
    }
    const auto flag = std::ranges::find(flags, token.name, &Flag::name);
    if (flag == flags.end()) {
      if (token.name != "h" && token.name != "help") return unknown_flag(token.name, flags);
      parsed.help = true;
      return parsed;
    }
    if (flag->placeholder.empty()) {
      if (token.value) return fail(ErrorKind::kInvalid, fmt::format("flag takes no value: -{}", flag->name));
      parsed.values.emplace_back(flag->name, "");
      continue;
    }
    if (!token.value && i + 1 == args.size()) {
      return fail(ErrorKind::kInvalid, fmt::format("flag needs an argument: -{}", flag->name));
    }
    parsed.values.emplace_back(flag->name, token.value ? std::string(*token.value) : args[++i]);
  }
  parsed.arguments.insert(parsed.arguments.end(), args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
  return parsed;
}

}  // namespace fas::cli
