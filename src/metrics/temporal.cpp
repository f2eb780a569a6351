#include "metrics/temporal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/reading.h"
#include "metrics/temporal_client.h"
#include "metrics/temporal_options.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

using Member = double TaskQueueStats::*;

constexpr std::array<std::pair<std::string_view, Member>, 4> kValues = {{
    {"backlog-count", &TaskQueueStats::backlog_count},
    {"backlog-age", &TaskQueueStats::backlog_age},
    {"add-rate", &TaskQueueStats::add_rate},
    {"dispatch-rate", &TaskQueueStats::dispatch_rate},
}};

constexpr std::array<std::pair<std::string_view, TaskQueueType>, 3> kTypes = {{
    {"workflow", TaskQueueType::kWorkflow},
    {"activity", TaskQueueType::kActivity},
    {"nexus", TaskQueueType::kNexus},
}};

Member value_of(const Settings& settings) {
  const std::string name = settings.text("value");
  const auto* found = std::ranges::find(kValues, name, &decltype(kValues)::value_type::first);
  return found == kValues.end() ? kValues.front().second : found->second;
}

// Both of what most workers take.
constexpr std::array<std::string_view, 2> kDefaultTypes = {"workflow", "activity"};

std::vector<std::string> type_names(const Settings& settings) {
  if (settings.has("task-queue-types")) return settings.list("task-queue-types");
  return {kDefaultTypes.begin(), kDefaultTypes.end()};
}

std::optional<TaskQueueType> type_of(std::string_view name) {
  const auto* found = std::ranges::find(kTypes, name, &decltype(kTypes)::value_type::first);
  if (found == kTypes.end()) return std::nullopt;
  return found->second;
}

// As the Go program has it: open workflows, perhaps only some of them.
std::string running_workflows(const std::string& filter) {
  const std::string running = R"(ExecutionStatus="Running")";
  return filter.empty() ? running : fmt::format("{} AND ({})", running, filter);
}

class TemporalSource final : public Source {
 public:
  TemporalSource(const SourceContext& context, const Settings& settings, const TemporalServer& server)
      : clock_(&context.clock),
        options_(common_options(settings)),
        server_("temporal at " + server.address),
        secrets_({server.api_key}),
        client_(TemporalClient::shared(context, server)),
        namespace_(settings.text("namespace")),
        query_(running_workflows(settings.text("query"))),
        by_queue_(!settings.text("task-queue").empty()),
        task_queue_(settings.text("task-queue")),
        type_names_(type_names(settings)),
        value_(value_of(settings)) {
    for (const std::string& name : type_names_) types_.push_back(type_of(name).value_or(TaskQueueType::kWorkflow));
  }

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    Result<Reading> reading;
    if (by_queue_) {
      reading = co_await read_queue(std::move(query.app), deadline);
    } else {
      reading = co_await count(std::move(query.app), deadline);
    }
    if (!reading) co_return failed(std::move(reading.error()));
    Result<Sample> sample = to_sample(std::move(*reading), options_, clock_->wall_now(), "the server has no value");
    if (!sample) co_return failed(std::move(sample.error()));
    co_return sample;
  }

 private:
  asio::awaitable<Result<Reading>> count(std::string app, Deadline deadline) {
    std::string name_space = namespace_.expand(app);
    std::string query = query_.expand(app);
    const Result<std::int64_t> count =
        co_await client_->count_workflows(std::move(name_space), std::move(query), deadline);
    if (!count) co_return std::unexpected(count.error());
    Reading reading;
    reading.points.push_back({.point = {.labels = {}, .value = static_cast<double>(*count)}, .at = std::nullopt});
    co_return reading;
  }

  asio::awaitable<Result<Reading>> read_queue(std::string app, Deadline deadline) {
    std::string name_space = namespace_.expand(app);
    std::string queue = task_queue_.expand(app);
    std::vector<TaskQueueType> types = types_;
    const Result<std::vector<TaskQueueStats>> all =
        co_await client_->task_queue_stats(std::move(name_space), std::move(queue), std::move(types), deadline);
    if (!all) co_return std::unexpected(all.error());
    Reading reading;
    TaskQueueStats together;
    for (std::size_t i = 0; i < all->size(); ++i) {
      together.add((*all)[i]);
      if (!options_.series) continue;
      reading.points.push_back(
          {.point = {.labels = {{"task-queue-type", type_names_[i]}}, .value = (*all)[i].*value_}, .at = std::nullopt});
    }
    if (!options_.series) {
      reading.points.push_back({.point = {.labels = {}, .value = together.*value_}, .at = std::nullopt});
    }
    co_return reading;
  }

  std::unexpected<Error> failed(Error error) const {
    error.message = scrub(std::move(error.message), secrets_);
    return fail_with(server_, std::move(error));
  }

  Clock* clock_;
  CommonOptions options_;
  std::string server_;  // for messages
  std::vector<std::string> secrets_;
  std::shared_ptr<TemporalClient> client_;
  Template namespace_;
  Template query_;
  bool by_queue_;
  Template task_queue_;
  std::vector<std::string> type_names_;
  std::vector<TaskQueueType> types_;  // of those names
  Member value_;
};

std::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

Result<void> validate_temporal(const Settings& settings) {
  if (Result<TemporalServer> server = temporal_server(settings); !server) {
    return std::unexpected(std::move(server.error()));
  }
  const bool by_queue = !settings.text("task-queue").empty();
  if (by_queue && !settings.text("query").empty()) {
    return invalid("temporal query and task-queue exclude each other: one counts workflows, the other what waits");
  }
  for (const std::string_view key : {"task-queue-types", "value"}) {
    if (settings.has(key) && !by_queue) return invalid(fmt::format("temporal {} needs task-queue", key));
  }
  std::vector<std::string> names = type_names(settings);
  if (names.empty()) return invalid("temporal task-queue-types is empty; leave it out for workflow and activity");
  for (const std::string& name : names) {
    if (!type_of(name)) {
      return invalid(
          fmt::format("temporal task-queue-types takes workflow, activity and nexus, not {}", excerpt(name)));
    }
  }
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) {
    return invalid("temporal task-queue-types names one twice, which would count it twice");
  }
  return {};
}

Result<std::unique_ptr<Source>> make_temporal(const SourceContext& context, const Settings& settings) {
  const Result<TemporalServer> server = temporal_server(settings);
  if (!server) return std::unexpected(server.error());
  return std::make_unique<TemporalSource>(context, settings, *server);
}

}  // namespace

SourceKind temporal_kind() {
  return {
      .type = "temporal",
      .doc = "How many workflows run on a Temporal server, or how much waits in one of its task queues.",
      .fields = {{.key = "address",
                  .required = true,
                  .env = "TEMPORAL_ADDRESS",
                  .doc = "host:port of the frontend, as in temporal.internal:7233; port 7233 by default."},
                 {.key = "namespace",
                  .required = true,
                  .expands_app_name = true,
                  .env = "TEMPORAL_NAMESPACE",
                  .doc = "Namespace of the workflows."},
                 {.key = "query",
                  .expands_app_name = true,
                  .env = "TEMPORAL_QUERY",
                  .doc = "List filter: which of the running workflows count; default: all."},
                 {.key = "task-queue",
                  .expands_app_name = true,
                  .env = "TEMPORAL_TASK_QUEUE",
                  .doc = "Task queue to look at, in place of counting workflows."},
                 {.key = "task-queue-types",
                  .kind = FieldKind::kTextList,
                  .env = "TEMPORAL_TASK_QUEUE_TYPES",
                  .doc = "Which of the queue's tasks count: workflow, activity, nexus; default workflow and activity."},
                 {.key = "value",
                  .env = "TEMPORAL_VALUE",
                  .doc = "Tasks that wait (the default), seconds that the oldest has waited, or tasks per second that "
                         "come or are handed to workers.",
                  .choices = {"backlog-count", "backlog-age", "add-rate", "dispatch-rate"}},
                 {.key = "api-key",
                  .kind = FieldKind::kSecret,
                  .env = "TEMPORAL_API_KEY",
                  .doc = "API key; the connection then uses TLS."},
                 {.key = "cert-data",
                  .env = "TEMPORAL_CERT_DATA",
                  .doc = "Client certificate as PEM text, for mutual TLS; with key-data."},
                 {.key = "key-data",
                  .kind = FieldKind::kSecret,
                  .env = "TEMPORAL_KEY_DATA",
                  .doc = "Private key of cert-data, as PEM text."}},
      .validate = validate_temporal,
      .make = make_temporal,
  };
}

}  // namespace fas::metrics
