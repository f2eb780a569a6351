#include "cli/schema_command.h"

namespace fas::cli {

int run_schema(const Invocation& invocation) {
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, {});
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "schema", kSchemaHelp, {});
  invocation.out << config::schema_text();
  return 0;
}

}  // namespace fas::cli
