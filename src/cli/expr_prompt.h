// The prompt of `fly-autoscaler expr`: line editing, history and completion by libedit.
#pragma once

#include <istream>

#include "cli/expr_session.h"

namespace fas::cli {

// Until Control-D or ":quit". One at a time: the library keeps its state in globals.
void run_prompt(ExprSession& session);

// The lines of `in`, each as at the prompt. False when any of them failed.
bool run_lines(ExprSession& session, std::istream& in);

}  // namespace fas::cli
