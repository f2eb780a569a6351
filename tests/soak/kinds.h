// Every kind of source with a server to ask, what it is configured as, and what can happen to it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fas::test {

// Every collector's number but that of a series, whatever the app.
constexpr double kExpected = 7;

struct Trouble {
  std::string name;  // "killed", "refused", "stalled"
  std::function<void()> begin, end;
  int ticks = 3;  // how long it lasts
};

struct Kind {
  std::string type;
  std::string collectors;  // lines of YAML; metric names begin with the type
  std::vector<Trouble> troubles;
  std::shared_ptr<void> server;  // lives as long as the kind
};

struct Kinds {
  std::vector<Kind> started;
  std::vector<std::pair<std::string, std::string>> missing;  // and why
};

// Starts everything that can be started here, which takes half a minute; or, where it is not empty, one type alone.
Kinds start_kinds(const std::string& only);

}  // namespace fas::test
