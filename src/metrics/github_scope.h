// Which jobs of GitHub Actions a collector `github` counts: those of its repositories that its runners could take.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/expand.h"
#include "metrics/github_reply.h"
#include "metrics/registry.h"

namespace fas::metrics {

class GithubScope {
 public:
  explicit GithubScope(const Settings& settings);

  std::string owner(std::string_view app) const { return owner_.expand(app); }
  // The repositories that are named, as "owner/name"; empty: all of the owner's.
  std::vector<std::string> repos(std::string_view app) const;
  // The runners', in lower case.
  std::set<std::string> labels(std::string_view app) const;

 private:
  Template owner_;
  std::vector<Template> repos_;
  std::vector<Template> labels_;
  bool default_labels_;
};

}  // namespace fas::metrics
