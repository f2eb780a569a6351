// Texts with variables in them, as query-like fields have them: $APP_NAME and ${APP_NAME} stand for the app of the
// tick, any other $NAME and ${NAME} for the environment, an unset one for nothing.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fas::metrics {

using EnvironmentLookup = std::function<std::optional<std::string>(std::string_view name)>;

// The variables of this process.
EnvironmentLookup process_environment();

// Parsed once, with the environment's values of that moment; per tick it is only put together.
//
// A name is letters, digits and underscores and begins with no digit. Every other dollar sign stays as it is, which
// differs from Go's os.Expand on purpose: that would swallow the "$1" of PromQL's label_replace and of regular
// expressions.
class Template {
 public:
  Template() = default;
  // Without an environment (an empty function) other variables than the app stay as they are.
  explicit Template(std::string_view text, const EnvironmentLookup& environment = process_environment());

  std::string expand(std::string_view app) const;

  // Whether the text is the same for every app.
  bool is_constant() const { return pieces_.size() == 1; }

 private:
  std::vector<std::string> pieces_ = {""};  // the app's name stands between neighbours
};

}  // namespace fas::metrics
