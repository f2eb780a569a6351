#include "metrics/nats.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "metrics/address.h"
#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/nats_reply.h"
#include "metrics/reading.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

std::vector<std::string> split_hosts(std::string_view text) {
  std::vector<std::string> hosts;
  for (const std::string_view host : split(text, ',')) hosts.emplace_back(trim(host));
  return hosts;
}

class NatsSource final : public Source {
 public:
  NatsSource(const SourceContext& context, const Settings& settings)
      : clock_(&context.clock),
        http_(&context.http),
        auth_(settings),
        options_(common_options(settings)),
        hosts_(split_hosts(settings.text("host"))),
        account_(settings.text("account")),
        stream_(settings.text("stream")),
        consumer_(settings.text("consumer")),
        value_(parse_nats_value(settings.text("value"))) {}

  // Of a cluster the members are asked one after the other, the one that knew last time first, until the leader is
  // found. What is said when none is: an unreachable member may be it, so that counts most.
  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    const NatsQuestion question = make_question(query.app);
    std::optional<Error> error;
    std::optional<std::string> leader;
    const std::size_t first = first_;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      const std::size_t index = (first + i) % hosts_.size();
      // One that never answers leaves time for the others.
      const TimePoint now = clock_->now();
      const Deadline share = now + (deadline - now) / static_cast<std::int64_t>(hosts_.size() - i);
      Result<NatsAnswer> answer = co_await ask(hosts_[index], question, share);
      if (answer && answer->value) {
        first_ = index;
        co_return to_result(question, *answer->value);
      }
      if (answer) {
        if (!answer->leader.empty() || !leader) leader = std::move(answer->leader);
      } else if (!error || error->kind == ErrorKind::kNotFound) {
        error = std::move(answer.error());
      }
    }
    if (error && (error->kind != ErrorKind::kNotFound || !leader)) co_return std::unexpected(std::move(*error));
    co_return no_leader(question, leader.value_or(""));
  }

 private:
  NatsQuestion make_question(std::string_view app) const {
    std::string account = account_.expand(app);
    if (account.empty()) account = "$G";  // also where it was written so, and taken for a variable
    return {.account = std::move(account),
            .stream = stream_.expand(app),
            .consumer = consumer_.expand(app),
            .value = value_};
  }

  asio::awaitable<Result<NatsAnswer>> ask(std::string host, NatsQuestion question, Deadline deadline) {
    net::HttpRequest request;
    const std::string parameters =
        fmt::format("acc={}&consumers=true&config=true", net::percent_encode(question.account));
    request.url = append_query(append_path(host, "/jsz"), parameters);
    request.tls = options_.tls;
    auth_.apply(request);
    Result<net::HttpResponse> response = co_await http_->send(std::move(request), deadline);
    if (!response) co_return fail_with("nats", as_read_error(std::move(response.error()), clock_->now(), deadline));
    co_return read(*response, host, question);
  }

  Result<NatsAnswer> read(const net::HttpResponse& response, std::string_view host,
                          const NatsQuestion& question) const {
    const std::string server = "nats at " + net::printable_url(host);
    if (response.status < 200 || response.status > 299) {
      return std::unexpected(status_error(response, server, excerpt(auth_.scrub(response.body))));
    }
    Result<NatsAnswer> answer = read_nats_jsz(response.body, question);
    if (!answer) return fail_with(server, std::move(answer.error()));
    return answer;
  }

  Result<Sample> to_result(const NatsQuestion& question, double value) const {
    Reading reading;
    ReadPoint point{.point = {.labels = {}, .value = value}, .at = std::nullopt};
    if (options_.series) {
      point.point.labels = {{"stream", question.stream}};
      if (!question.consumer.empty()) point.point.labels.emplace("consumer", question.consumer);
    }
    reading.points.push_back(std::move(point));
    return to_sample(std::move(reading), options_, clock_->wall_now(), "");
  }

  Result<Sample> no_leader(const NatsQuestion& question, const std::string& leader) const {
    const std::string subject =
        question.value == NatsValue::kMessages
            ? "stream " + one_line(question.stream)
            : fmt::format("consumer {} of stream {}", one_line(question.consumer), one_line(question.stream));
    if (leader.empty()) {
      return fail(ErrorKind::kUnavailable,
                  fmt::format("nats at {}: {} has no leader at this moment", net::printable_url(hosts_[0]), subject));
    }
    return fail(ErrorKind::kInvalid,
                fmt::format("nats at {}: {} is led by another member of the cluster, {}; write the addresses of all "
                            "members in host",
                            net::printable_url(hosts_[0]), subject, one_line(leader)));
  }

  Clock* clock_;
  net::HttpTransport* http_;
  HttpAuth auth_;
  CommonOptions options_;
  std::vector<std::string> hosts_;
  Template account_;
  Template stream_;
  Template consumer_;
  NatsValue value_;
  std::size_t first_ = 0;  // of hosts_: who knew last time
};

Result<void> validate_nats(const Settings& settings) {
  for (const std::string& host : split_hosts(settings.text("host"))) {
    auto url = check_http_url("nats host", host);
    if (url) continue;
    url.error().message += "; the monitoring port, as in http://nats.internal:8222";
    return url;
  }
  const bool needs_consumer = settings.text("value") != "messages";
  if (needs_consumer == settings.text("consumer").empty()) {
    return fail(ErrorKind::kInvalid, needs_consumer ? "nats consumer required, but with value messages"
                                                    : "nats consumer has no meaning with value messages");
  }
  return validate_http_auth(settings);
}

Result<std::unique_ptr<Source>> make_nats(const SourceContext& context, const Settings& settings) {
  return std::make_unique<NatsSource>(context, settings);
}

}  // namespace

SourceKind nats_kind() {
  return {
      .type = "nats",
      .doc = "How many messages of a JetStream stream a consumer has not worked off, by NATS' monitoring endpoint.",
      .fields = {{.key = "host",
                  .required = true,
                  .env = "NATS_HOST",
                  .doc = "URL of the monitoring port, as in http://nats.internal:8222; of a cluster those of all "
                         "members, with commas between."},
                 {.key = "account", .expands_app_name = true, .env = "NATS_ACCOUNT", .doc = "Account; default $G."},
                 {.key = "stream",
                  .required = true,
                  .expands_app_name = true,
                  .env = "NATS_STREAM",
                  .doc = "Name of the stream."},
                 {.key = "consumer", .expands_app_name = true, .env = "NATS_CONSUMER", .doc = "Name of the consumer."},
                 {.key = "value",
                  .env = "NATS_VALUE",
                  .doc = "Messages not delivered and those not acknowledged (lag, the default), either of them, or all "
                         "that the stream holds.",
                  .choices = {"lag", "pending", "ack-pending", "messages"}},
                 {.key = "token",
                  .kind = FieldKind::kSecret,
                  .env = "NATS_TOKEN",
                  .doc = "Bearer token for a proxy in front of the endpoint, which itself knows no users."},
                 {.key = "user",
                  .env = "NATS_USER",
                  .doc = "User name of HTTP basic authentication, for such a proxy."},
                 {.key = "password",
                  .kind = FieldKind::kSecret,
                  .env = "NATS_PASSWORD",
                  .doc = "Password of HTTP basic authentication."}},
      .validate = validate_nats,
      .make = make_nats,
  };
}

}  // namespace fas::metrics
