#include "metrics/exec.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/json_value.h"
#include "metrics/program.h"
#include "metrics/reading.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

// The configuration has filled in what is the environment's: a dollar that is left is the program's own business.
Template app_template(std::string_view text) { return Template(text, EnvironmentLookup()); }

class ExecSource final : public Source {
 public:
  ExecSource(const SourceContext& context, const Settings& settings)
      : clock_(&context.clock),
        options_(common_options(settings)),
        runner_(context.loop, context.clock),
        server_("exec " + one_line(settings.list("command").front())),
        is_json_(settings.has("value")),
        value_(app_template(settings.text("value"))) {
    for (const std::string& word : settings.list("command")) command_.push_back(app_template(word));
    const auto own = settings.map("env");
    for (const auto& [name, value] : own) environment_.emplace_back(name + "=", app_template(value));
    for (const std::string_view name : {"PATH", "HOME"}) {
      const std::optional<std::string> value = process_environment()(name);
      if (value && !own.contains(std::string(name))) inherited_.push_back(fmt::format("{}={}", name, *value));
    }
  }

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    std::vector<std::string> secrets;
    ProgramCall call = make_call(query.app, secrets);
    Result<ProgramResult> result = co_await runner_.run(std::move(call), deadline);
    Result<Sample> sample = result ? read(*result, query.app) : std::unexpected(std::move(result.error()));
    if (sample) co_return sample;
    sample.error().message = scrub(std::move(sample.error().message), secrets);
    co_return fail_with(server_, std::move(sample.error()));
  }

 private:
  // `secrets` becomes what the program might repeat: the values of its variables.
  ProgramCall make_call(std::string_view app, std::vector<std::string>& secrets) const {
    ProgramCall call{.argv = {}, .environment = inherited_};
    for (const Template& word : command_) call.argv.push_back(word.expand(app));
    for (const auto& [name, value] : environment_) {
      secrets.push_back(value.expand(app));
      call.environment.push_back(name + secrets.back());
    }
    return call;
  }

  Result<Sample> read(const ProgramResult& result, std::string_view app) const {
    if (result.exit_code != 0 || result.signal != 0) return std::unexpected(failure(result));
    std::string empty_message = "it printed nothing";
    Result<Reading> reading = is_json_ ? read_json(result.output, app, empty_message) : read_text(result.output);
    if (!reading) return std::unexpected(std::move(reading.error()));
    return to_sample(std::move(*reading), options_, clock_->wall_now(), empty_message);
  }

  static Error failure(const ProgramResult& result) {
    const std::string_view errors = trim(result.first_errors);
    const std::string line = one_line(errors.substr(0, errors.find('\n')));
    const std::string how = result.signal != 0 ? fmt::format("was ended by signal {}", result.signal)
                                               : fmt::format("ended with status {}", result.exit_code);
    return {.kind = ErrorKind::kUnavailable,
            .message = fmt::format("{}{}{}", how, line.empty() ? ", and wrote nothing to stderr" : ": ", line),
            .request_id = {},
            .http_status = 0,
            .retry_after = {}};
  }

  static Reading one(std::optional<double> value) {
    Reading reading;
    if (value) reading.points.push_back({.point = {.labels = {}, .value = *value}, .at = std::nullopt});
    return reading;
  }

  static Result<Reading> read_text(std::string_view output) {
    const std::string_view text = trim(output);
    if (text.empty()) return one(std::nullopt);
    const ParsedNumber<double> number = parse_float(text);
    if (!number) {
      return fail(ErrorKind::kMalformed,
                  fmt::format("printed no number: {}; for JSON set value, a JSON pointer", excerpt(text)));
    }
    return one(number.value);
  }

  Result<Reading> read_json(std::string_view output, std::string_view app, std::string& empty_message) const {
    if (trim(output).empty()) return one(std::nullopt);
    const std::string pointer = value_.expand(app);
    empty_message = fmt::format("printed nothing, or null, at {}", pointer.empty() ? "the top" : pointer);
    const auto tokens = parse_json_pointer(pointer);
    if (!tokens) return std::unexpected(tokens.error());
    const Result<std::optional<double>> number = read_json_number(output, *tokens);
    if (!number) return fail_with(fmt::format("value {}", pointer), number.error());
    return one(*number);
  }

  Clock* clock_;
  CommonOptions options_;
  ProgramRunner runner_;
  std::string server_;  // for messages; arguments may hold secrets
  bool is_json_;
  Template value_;
  std::vector<Template> command_;
  std::vector<std::pair<std::string, Template>> environment_;  // "NAME=" and its value
  std::vector<std::string> inherited_;
};

bool has_null(std::string_view text) { return text.contains('\0'); }

Result<void> validate_exec(const Settings& settings) {
  const std::vector<std::string> command = settings.list("command");
  if (command.empty() || command.front().empty()) {
    return fail(ErrorKind::kInvalid, "exec command required, as in [\"/usr/local/bin/depth\", \"jobs\"]");
  }
  for (const std::string& word : command) {
    if (has_null(word)) return fail(ErrorKind::kInvalid, "exec command has a null byte in it");
  }
  for (const auto& [name, value] : settings.map("env")) {
    if (name.empty() || name.contains('=') || has_null(name) || has_null(value)) {
      return fail(ErrorKind::kInvalid, "exec env has a name that no variable can have, or a null byte");
    }
  }
  if (settings.flag("series")) return fail(ErrorKind::kInvalid, "exec reads one number, so series has no meaning");
  for (const std::string_view key : {"max-age", "tls"}) {
    if (settings.has(key)) {
      return fail(ErrorKind::kInvalid, fmt::format("exec runs a program, for which {} has no meaning", key));
    }
  }
  if (auto tokens = parse_json_pointer(settings.text("value")); !tokens) {
    return fail_with("exec value", std::move(tokens.error()));
  }
  return {};
}

Result<std::unique_ptr<Source>> make_exec(const SourceContext& context, const Settings& settings) {
  return std::make_unique<ExecSource>(context, settings);
}

}  // namespace

SourceKind exec_kind() {
  return {
      .type = "exec",
      .doc = "A number that a program prints.",
      .fields = {{.key = "command",
                  .kind = FieldKind::kTextList,
                  .required = true,
                  .expands_app_name = true,
                  .env = "EXEC_COMMAND",
                  .doc = "The program and its arguments, one text each; no shell looks at them."},
                 {.key = "env",
                  .kind = FieldKind::kTextMap,
                  .expands_app_name = true,
                  .doc = "Variables of its environment, which has PATH and HOME besides, and nothing else."},
                 {.key = "value",
                  .expands_app_name = true,
                  .env = "EXEC_VALUE",
                  .doc = "JSON pointer (RFC 6901) to the number; default: all of the output is the number."}},
      .validate = validate_exec,
      .make = make_exec,
  };
}

}  // namespace fas::metrics
