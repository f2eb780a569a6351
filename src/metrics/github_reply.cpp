#include "metrics/github_reply.h"

#include <date/date.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "metrics/dom_fields.h"
#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

namespace dom = simdjson::dom;

// false when the repository is not one.
bool read_repo(dom::object repo, GithubPage& page) {
  const std::string_view name = text_of(repo, "full_name");
  if (name.empty()) return false;
  if (!flag_of(repo, "archived") && !flag_of(repo, "disabled")) page.repos.emplace_back(name);
  return true;
}

bool read_run(dom::object run, GithubPage& page) {
  std::int64_t id = 0;
  if (run["id"].get(id) != simdjson::SUCCESS) return false;
  page.runs.push_back(id);
  return true;
}

bool read_job(dom::object job, GithubPage& page) {
  const std::string_view status = text_of(job, "status");
  if (status.empty()) return false;
  if (status != "queued" && status != "in_progress") return true;
  dom::array labels;
  if (job["labels"].get(labels) != simdjson::SUCCESS) return false;
  GithubJob read{.queued = status == "queued", .labels = {}};
  for (const dom::element element : labels) {
    std::string_view label;
    if (element.get(label) != simdjson::SUCCESS) return false;
    read.labels.push_back(to_lower_ascii(label));
  }
  page.jobs.push_back(std::move(read));
  return true;
}

using ItemReader = bool (*)(dom::object, GithubPage&);

bool read_items(dom::array items, ItemReader read, GithubPage& page) {
  for (const dom::element element : items) {
    dom::object item;
    if (element.get(item) != simdjson::SUCCESS || !read(item, page)) return false;
  }
  return true;
}

bool read_list(dom::element reply, GithubPage& page) {
  dom::array items;
  if (reply.get(items) == simdjson::SUCCESS) return read_items(items, read_repo, page);
  dom::object object;
  if (reply.get(object) != simdjson::SUCCESS) return false;
  if (object["repositories"].get(items) == simdjson::SUCCESS) return read_items(items, read_repo, page);
  if (object["workflow_runs"].get(items) == simdjson::SUCCESS) return read_items(items, read_run, page);
  return object["jobs"].get(items) == simdjson::SUCCESS && read_items(items, read_job, page);
}

// "2016-07-11T22:14:10Z"
std::optional<WallTime> parse_time(std::string_view text) {
  std::istringstream stream{std::string(text)};
  date::sys_seconds time;
  stream >> date::parse("%FT%TZ", time);
  using namespace date::literals;                     // NOLINT(google-build-using-namespace)
  constexpr date::sys_days kLatest = 2200_y / 1 / 1;  // far within what a WallTime can hold
  if (stream.fail() || time < date::sys_seconds() || time > kLatest) return std::nullopt;
  return WallTime(time);
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return to_lower_ascii(text);
}

bool is_next(std::string_view parameters) {
  return std::ranges::any_of(split(parameters, ';'), [](std::string_view parameter) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || to_lower_ascii(trim(parameter.substr(0, equals))) != "rel") return false;
    return unquoted(trim(parameter.substr(equals + 1))) == "next";
  });
}

}  // namespace

Result<GithubPage> read_github_page(std::string_view body) {
  dom::parser parser;
  dom::element reply;
  GithubPage page;
  if (parser.parse(body.data(), body.size()).get(reply) != simdjson::SUCCESS || !read_list(reply, page)) {
    return fail(ErrorKind::kMalformed,
                fmt::format("the reply is not GitHub's REST API's: {}; check api-url", excerpt(body)));
  }
  return page;
}

std::string github_next_link(std::string_view header) {
  while (!header.empty()) {
    const std::size_t begin = header.find('<');
    const std::size_t end = begin == std::string_view::npos ? begin : header.find('>', begin);
    if (end == std::string_view::npos) break;
    const std::string_view rest = header.substr(end + 1);
    const std::size_t next = std::min(rest.find('<'), rest.size());
    std::string_view parameters = trim(rest.substr(0, next));
    if (parameters.ends_with(',')) parameters.remove_suffix(1);
    if (is_next(parameters)) return std::string(header.substr(begin + 1, end - begin - 1));
    header = rest.substr(next);
  }
  return {};
}

std::string github_error_text(std::string_view body) {
  dom::parser parser;
  dom::object reply;
  if (parser.parse(body.data(), body.size()).get(reply) != simdjson::SUCCESS) return {};
  return std::string(text_of(reply, "message"));
}

Result<GithubToken> read_github_token(std::string_view body) {
  dom::parser parser;
  dom::object reply;
  if (parser.parse(body.data(), body.size()).get(reply) == simdjson::SUCCESS) {
    const std::string_view token = text_of(reply, "token");
    const std::optional<WallTime> ends = parse_time(text_of(reply, "expires_at"));
    if (!token.empty() && ends) return GithubToken{.token = std::string(token), .ends = *ends};
  }
  return fail(ErrorKind::kMalformed, "the reply is not an installation token; check api-url");
}

bool runner_takes(const std::set<std::string>& runner_labels, const GithubJob& job) {
  return std::ranges::all_of(job.labels, [&](const std::string& label) { return runner_labels.contains(label); });
}

}  // namespace fas::metrics
