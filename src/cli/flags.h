// Command-line flags as Go's flag package takes them: -config X, -config=X, --config X, --config=X; a switch stands
// alone: -explain. Flags end at `--` or at the first argument that is none; an argument "-" is none.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fas::cli {

struct Flag {
  std::string_view name;         // without dashes
  std::string_view placeholder;  // for the usage: "FILE"; empty for a switch, which takes no value
  std::string_view help;
};

struct ParsedFlags {
  std::vector<std::pair<std::string_view, std::string>> values;  // by Flag::name, in order
  std::vector<std::string> arguments;                            // what follows the flags
  bool help = false;                                             // -h or -help; nothing behind it is looked at

  // Of the last time that it is given; else empty.
  std::string value(std::string_view name) const;
  // Is it given at all?
  bool has(std::string_view name) const;
};

enum class FlagOrder {
  kFirst,     // as Go: what follows the first argument is an argument, too
  kAnywhere,  // flags may stand behind and between arguments, up to `--`
};

// Errors in Go's words: `flag provided but not defined: -x`, `flag needs an argument: -config`.
Result<ParsedFlags> parse_flags(std::span<const std::string> args, std::span<const Flag> flags,
                                FlagOrder order = FlagOrder::kFirst);

}  // namespace fas::cli
