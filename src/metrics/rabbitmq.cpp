#include "metrics/rabbitmq.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "metrics/address.h"
#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/rabbitmq_reply.h"
#include "metrics/reading.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

constexpr int kPageSize = 500;  // the API's own limit
// More queues than this are not one number to scale by, and asking for them burdens the server.
constexpr std::int64_t kMostPages = 20;

class RabbitmqSource final : public Source {
 public:
  RabbitmqSource(const SourceContext& context, const Settings& settings)
      : clock_(&context.clock),
        http_(&context.http),
        auth_(settings),
        options_(common_options(settings)),
        host_(settings.text("host")),
        server_("rabbitmq at " + net::printable_url(host_)),
        vhost_(settings.text("vhost", "/")),
        by_regex_(!settings.text("queue-regex").empty()),
        queue_(settings.text(by_regex_ ? "queue-regex" : "queue")),
        value_(parse_rabbit_value(settings.text("value"))) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    std::vector<RabbitQueue> queues;
    std::int64_t pages = 1;
    for (std::int64_t page = 1; page <= pages; ++page) {
      net::HttpRequest request = make_request(query.app, page);
      Result<net::HttpResponse> response = co_await http_->send(std::move(request), deadline);
      if (!response) {
        co_return fail_with("rabbitmq", as_read_error(std::move(response.error()), clock_->now(), deadline));
      }
      Result<RabbitPage> read = read_page(*response, query.app);
      if (!read) co_return std::unexpected(std::move(read.error()));
      pages = read->page_count;
      std::ranges::move(read->queues, std::back_inserter(queues));
    }
    co_return to_result(std::move(queues), query.app);
  }

 private:
  net::HttpRequest make_request(std::string_view app, std::int64_t page) const {
    const std::string vhost = net::percent_encode(vhost_.expand(app));
    const std::string queue = net::percent_encode(queue_.expand(app));
    net::HttpRequest request;
    request.tls = options_.tls;
    request.headers.emplace_back("Accept", "application/json");
    auth_.apply(request);
    const std::string path = fmt::format("/api/queues/{}{}{}", vhost, by_regex_ ? "" : "/", by_regex_ ? "" : queue);
    request.url = append_path(host_, path);
    if (by_regex_) {
      const std::string columns = "name,vhost,messages,messages_ready,messages_unacknowledged,message_stats";
      request.url = append_query(request.url, fmt::format("page={}&page_size={}&use_regex=true&name={}&columns={}",
                                                          page, kPageSize, queue, columns));
    }
    return request;
  }

  // "queue jobs in vhost /", for messages.
  std::string subject(std::string_view app) const {
    return fmt::format("{} {} in vhost {}", by_regex_ ? "queue-regex" : "queue", one_line(queue_.expand(app)),
                       one_line(vhost_.expand(app)));
  }

  Result<RabbitPage> read_page(const net::HttpResponse& response, std::string_view app) const {
    if (response.status < 200 || response.status > 299) {
      const std::string told = auth_.scrub(rabbit_error_text(response.body));
      std::string cause = told.empty() ? excerpt(auth_.scrub(response.body)) : one_line(told);
      if (response.status == 404) cause = fmt::format("{} (no {}, or this user may not see it)", cause, subject(app));
      return std::unexpected(status_error(response, server_, cause));
    }
    Result<RabbitPage> page = read_rabbit_queues(response.body, value_);
    if (!page) return fail_with(server_, std::move(page.error()));
    if (page->page_count > kMostPages) {
      return fail(ErrorKind::kInvalid, fmt::format("{}: {} matches more than {} queues; narrow it", server_,
                                                   subject(app), kMostPages * kPageSize));
    }
    return page;
  }

  Result<Sample> to_result(std::vector<RabbitQueue> queues, std::string_view app) const {
    Reading reading;
    std::string empty_message = fmt::format("no queue matches {}", subject(app));
    for (RabbitQueue& queue : queues) {
      if (!queue.value) {
        // Without one of them a sum would be a wrong number.
        reading.points.clear();
        empty_message = fmt::format("the server has no count of queue {} yet, or it is down", one_line(queue.name));
        break;
      }
      if (options_.series || reading.points.empty()) {
        ReadPoint point{.point = {.labels = {}, .value = *queue.value}, .at = std::nullopt};
        if (options_.series) {
          point.point.labels = {{"queue", std::move(queue.name)}, {"vhost", std::move(queue.vhost)}};
        }
        reading.points.push_back(std::move(point));
      } else {
        reading.points.front().point.value += *queue.value;
      }
    }
    Result<Sample> sample = to_sample(std::move(reading), options_, clock_->wall_now(), empty_message);
    if (!sample) return fail_with(server_, std::move(sample.error()));
    return sample;
  }

  Clock* clock_;
  net::HttpTransport* http_;
  HttpAuth auth_;
  CommonOptions options_;
  std::string host_;
  std::string server_;  // for messages
  Template vhost_;
  bool by_regex_;
  Template queue_;  // a name or a regular expression
  RabbitValue value_;
};

Result<void> validate_rabbitmq(const Settings& settings) {
  if (auto url = check_http_url("rabbitmq host", settings.text("host")); !url) {
    url.error().message += "; the management API, as in http://rabbitmq.internal:15672";
    return url;
  }
  const bool has_queue = !settings.text("queue").empty();
  const bool has_regex = !settings.text("queue-regex").empty();
  if (has_queue == has_regex) {
    return fail(ErrorKind::kInvalid, "rabbitmq takes either queue or queue-regex, and one of them is required");
  }
  return validate_http_auth(settings);
}

Result<std::unique_ptr<Source>> make_rabbitmq(const SourceContext& context, const Settings& settings) {
  return std::make_unique<RabbitmqSource>(context, settings);
}

}  // namespace

SourceKind rabbitmq_kind() {
  return {
      .type = "rabbitmq",
      .doc = "How many messages a queue of RabbitMQ has, or how fast they come and go, by the management API.",
      .fields = {{.key = "host",
                  .required = true,
                  .env = "RABBITMQ_HOST",
                  .doc = "URL of the management API, as in http://rabbitmq.internal:15672; a path is kept."},
                 {.key = "vhost", .expands_app_name = true, .env = "RABBITMQ_VHOST", .doc = "Virtual host; default /."},
                 {.key = "queue", .expands_app_name = true, .env = "RABBITMQ_QUEUE", .doc = "Name of the queue."},
                 {.key = "queue-regex",
                  .expands_app_name = true,
                  .env = "RABBITMQ_QUEUE_REGEX",
                  .doc = "Regular expression: all queues of the virtual host whose names have a match, added up."},
                 {.key = "value",
                  .env = "RABBITMQ_VALUE",
                  .doc =
                      "All messages (the default), those ready, those delivered and not acknowledged, or messages per "
                      "second published or delivered.",
                  .choices = {"messages", "ready", "unacked", "publish-rate", "deliver-rate"}},
                 {.key = "user", .env = "RABBITMQ_USER", .doc = "User name of HTTP basic authentication."},
                 {.key = "password",
                  .kind = FieldKind::kSecret,
                  .env = "RABBITMQ_PASSWORD",
                  .doc = "Password of HTTP basic authentication."}},
      .validate = validate_rabbitmq,
      .make = make_rabbitmq,
  };
}

}  // namespace fas::metrics
