#include "serve/app_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "serve/app_json.h"

namespace fas::serve {
namespace {

using control::Board;
using control::Health;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::optional<Health> health_named(std::string_view name) {
  for (std::size_t i = 0; i < control::kHealths; ++i) {
    if (to_string(static_cast<Health>(i)) == name) return static_cast<Health>(i);
  }
  return std::nullopt;
}

int urgency(Health health) {
  switch (health) {
    case Health::kFailing: return 0;
    case Health::kHeld: return 1;
    case Health::kPaused: return 2;
    case Health::kScaling: return 3;
    case Health::kWaiting: return 4;
    case Health::kOk: break;
  }
  return 5;
}

template <class Line>
struct Row {
  double key;  // NaN comes last, whatever the direction
  const std::string* name;
  const Line* line;
};

// They come in the order of names.
template <class Line>
void sort_rows(std::vector<Row<Line>>& rows, const AppQuery& query) {
  std::ranges::stable_sort(rows, [&](const Row<Line>& a, const Row<Line>& b) {
    if (std::isnan(a.key) || std::isnan(b.key)) return !std::isnan(a.key) && std::isnan(b.key);
    return query.descending ? a.key > b.key : a.key < b.key;
  });
  if (query.order == AppOrder::kName && query.descending) std::ranges::reverse(rows);
}

double key_of(const Board::Card& card, AppOrder order) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  switch (order) {
    case AppOrder::kState: return urgency(health_of(card));
    case AppOrder::kMetric: return card.spark.empty() ? kNone : card.spark.back();
    case AppOrder::kStarted: return card.last && card.last->listed ? card.last->decision.current.started : kNone;
    case AppOrder::kName: break;
  }
  return 0;
}

// The same of a line as another autoscaler sent it, which may lack anything.
double key_of(const Json& line, AppOrder order) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  const auto at = [&line](const char* key) {
    const auto found = line.find(key);
    return found == line.end() ? Json() : *found;
  };
  const auto number = [](const Json& json) { return json.is_number() ? json.get<double>() : kNone; };
  switch (order) {
    case AppOrder::kState: {
      const Json state = at("state");
      const auto health = state.is_string() ? health_named(state.get_ref<const std::string&>()) : std::nullopt;
      return urgency(health.value_or(Health::kOk));
    }
    case AppOrder::kMetric: {
      const Json spark = at("spark");
      return spark.is_array() && !spark.empty() ? number(spark.back()) : kNone;
    }
    case AppOrder::kStarted: {
      const Json counts = at("counts");
      return counts.is_object() ? number(counts.value("started", Json())) : kNone;
    }
    case AppOrder::kName: break;
  }
  return 0;
}

std::string time_of(const Json& line) {
  const auto at = line.find("at");
  return at != line.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

Result<AppQuery> read_app_query(const Query& query, std::size_t most) {
  AppQuery read;
  read.search = lower(query.text("search"));
  if (const std::string states = query.text("state"); !states.empty()) {
    for (const std::string_view name : split(states, ',')) {
      const auto health = health_named(name);
      if (!health) {
        return fail(
            ErrorKind::kInvalid,
            fmt::format("there is no state \"{}\"; there are failing, held, paused, scaling, waiting and ok", name));
      }
      read.states.insert(*health);
    }
  }
  const std::string sort = query.text("sort");
  constexpr std::pair<std::string_view, AppOrder> kOrders[] = {{"", AppOrder::kState},
                                                               {"state", AppOrder::kState},
                                                               {"name", AppOrder::kName},
                                                               {"metric", AppOrder::kMetric},
                                                               {"started", AppOrder::kStarted}};
  const auto* order = std::ranges::find(kOrders, sort, &std::pair<std::string_view, AppOrder>::first);
  if (order == std::end(kOrders)) return fail(ErrorKind::kInvalid, "sort must be name, state, metric or started");
  read.order = order->second;
  read.descending = query.text("order") == "desc";
  const Result<std::size_t> offset = query.number("offset", 0, 0, 10'000'000);
  if (!offset) return std::unexpected(offset.error());
  const Result<std::size_t> limit = query.number("limit", read.limit, 1, most);
  if (!limit) return std::unexpected(limit.error());
  read.offset = *offset;
  read.limit = *limit;
  return read;
}

Json app_list(const Board& board, const AppQuery& query) {
  std::vector<Row<Board::Card>> rows;
  for (const auto& [name, card] : board.cards()) {
    if (!query.states.empty() && !query.states.contains(health_of(card))) continue;
    if (!query.search.empty() && lower(name).find(query.search) == std::string::npos) continue;
    rows.push_back({.key = key_of(card, query.order), .name = &name, .line = &card});
  }
  sort_rows(rows, query);
  Json list = Json::array();
  for (std::size_t i = query.offset; i < rows.size() && list.size() < query.limit; ++i) {
    list.push_back(app_summary(*rows[i].name, *rows[i].line, /*with_spark=*/true));
  }
  return {{"total", rows.size()}, {"apps", std::move(list)}};
}

Json merge_app_lists(const std::vector<Json>& lists, const AppQuery& query) {
  std::map<std::string, const Json*> lines;  // by app
  std::size_t total = 0;
  std::size_t doubles = 0;
  for (const Json& list : lists) {
    if (const auto count = list.find("total"); count != list.end() && count->is_number_unsigned()) {
      total += count->get<std::size_t>();
    }
    const auto apps = list.find("apps");
    if (apps == list.end() || !apps->is_array()) continue;
    for (const Json& line : *apps) {
      const auto name = line.find("name");
      if (name == line.end() || !name->is_string()) continue;
      const auto [known, is_new] = lines.emplace(name->get<std::string>(), &line);
      if (is_new) continue;
      ++doubles;
      if (time_of(line) > time_of(*known->second)) known->second = &line;
    }
  }
  std::vector<Row<Json>> rows;
  rows.reserve(lines.size());
  for (const auto& [name, line] : lines) {
    rows.push_back({.key = key_of(*line, query.order), .name = &name, .line = line});
  }
  sort_rows(rows, query);
  Json list = Json::array();
  for (std::size_t i = query.offset; i < rows.size() && list.size() < query.limit; ++i) list.push_back(*rows[i].line);
  return {{"total", total - std::min(total, doubles)}, {"apps", std::move(list)}};
}

}  // namespace fas::serve
