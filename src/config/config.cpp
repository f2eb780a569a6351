#include "config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "config/collectors.h"
#include "config/expansion.h"
#include "config/keys.h"
#include "config/reading.h"
#include "config/utf8.h"
#include "config/validate.h"
#include "config/yaml_tree.h"

namespace fas::config {
namespace {

// Far more than thousands of policies need; a larger file is most likely the wrong one.
constexpr std::size_t kMaxFileBytes = 1U << 20U;

CollectorKinds registered_kinds() { return {.kinds = metrics::source_kinds(), .common = metrics::common_fields()}; }

Result<Config> finish(Reading& reading, Draft draft, Purpose purpose) {
  check_draft(reading, draft, registered_kinds(), purpose);
  if (!reading.ok()) return std::unexpected(reading.error());
  draft.config.written = reading.take_shown();
  return std::move(draft.config);
}

Result<std::string> read_whole_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
    const std::string why = std::generic_category().message(errno != 0 ? errno : EIO);
    return fail(ErrorKind::kInvalid, fmt::format("cannot read {}: {}; is the path behind -config right?", path, why));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

// The file's part of the draft. A false return: the file could not be read to its end, and the reading says why.
bool read_yaml(Reading& reading, Draft& draft, const Expansion& expansion) {
  if (const auto bad = first_bad_byte(expansion.text())) {
    reading.problem_at_offset(*bad, "not UTF-8 text; save the file as UTF-8");
    return false;
  }
  const auto tree = parse_yaml(expansion.text());
  if (!tree) {
    reading.problem_at_offset(tree.error().offset, tree.error().message);
    return false;
  }
  if (tree->root != nullptr) read_file(reading, draft, *tree->root, registered_kinds());
  return !reading.is_cut();
}

}  // namespace

Result<Config> load_text(std::string_view yaml, const std::string& name, const Environment& environment,
                         Purpose purpose) {
  Reading reading(environment, name);
  Draft draft;
  read_environment(reading, draft, registered_kinds());
  if (yaml.size() > kMaxFileBytes) {
    return fail(ErrorKind::kInvalid, fmt::format("{}: larger than 1 MiB; is it a configuration file?", name));
  }
  const Result<Expansion> expansion = Expansion::make(without_byte_order_mark(yaml), environment);
  if (!expansion) return fail_with(name, expansion.error());
  reading.set_expansion(*expansion);
  if (!read_yaml(reading, draft, *expansion)) return std::unexpected(reading.error());
  return finish(reading, std::move(draft), purpose);
}

Result<Config> load(const std::string& path, const Environment& environment, Purpose purpose) {
  if (!path.empty()) {
    const Result<std::string> text = read_whole_file(path);
    if (!text) return std::unexpected(text.error());
    return load_text(*text, path, environment, purpose);
  }
  Reading reading(environment, "");
  Draft draft;
  read_environment(reading, draft, registered_kinds());
  return finish(reading, std::move(draft), purpose);
}

bool Config::any_wildcard() const {
  return std::ranges::any_of(policies(), [](const AppConfig& app) { return app.wildcard(); });
}

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

std::string schema_text() {
  constexpr int kIndent = 2;
  return schema(registered_kinds()).dump(kIndent) + "\n";
}

}  // namespace fas::config
