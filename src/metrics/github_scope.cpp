#include "metrics/github_scope.h"

#include "base/text.h"

namespace fas::metrics {
namespace {

std::vector<Template> templates(const std::vector<std::string>& texts) {
  std::vector<Template> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) result.emplace_back(text);
  return result;
}

}  // namespace

GithubScope::GithubScope(const Settings& settings)
    : owner_(settings.text("owner")),
      repos_(templates(settings.list("repos"))),
      labels_(templates(settings.list("labels"))),
      default_labels_(!settings.flag("no-default-labels")) {}

std::vector<std::string> GithubScope::repos(std::string_view app) const {
  std::vector<std::string> names;
  for (const Template& each : repos_) {
    std::string name = each.expand(app);
    if (!name.contains('/')) name.insert(0, owner(app) + "/");
    names.push_back(std::move(name));
  }
  return names;
}

std::set<std::string> GithubScope::labels(std::string_view app) const {
  std::set<std::string> labels;
  if (default_labels_) labels = {"self-hosted", "linux", "x64"};
  for (const Template& label : labels_) labels.insert(to_lower_ascii(trim(label.expand(app))));
  return labels;
}

}  // namespace fas::metrics
