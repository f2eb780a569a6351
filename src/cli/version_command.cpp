#include "cli/version_command.h"

#ifndef FAS_VERSION
#define FAS_VERSION "0.0.0"
#endif
#ifndef FAS_COMMIT
#define FAS_COMMIT ""
#endif

namespace fas::cli {

int run_version(const Invocation& invocation) {
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, {});
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "version", kVersionHelp, {});
  constexpr std::string_view kCommit = FAS_COMMIT;
  invocation.out << "fly-autoscaler v" FAS_VERSION;
  if (!kCommit.empty()) invocation.out << ", commit=" << kCommit;
  invocation.out << '\n';
  return 0;
}

}  // namespace fas::cli
