#include "metrics/sqs.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "metrics/address.h"
#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/reading.h"
#include "metrics/sigv4.h"
#include "metrics/sqs_reply.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kContentType = "application/x-amz-json-1.0";
constexpr std::string_view kTarget = "AmazonSQS.GetQueueAttributes";

std::string variable(std::string_view name) { return process_environment()(name).value_or(""); }

// Keys of the configuration, or else those of the environment: never some of one and some of the other.
AwsCredentials credentials_of(const Settings& settings) {
  if (!settings.text("access-key-id").empty()) {
    return {.access_key_id = settings.text("access-key-id"),
            .secret_access_key = std::string(trim(settings.text("secret-access-key"))),
            .session_token = std::string(trim(settings.text("session-token")))};
  }
  return {.access_key_id = variable("AWS_ACCESS_KEY_ID"),
          .secret_access_key = variable("AWS_SECRET_ACCESS_KEY"),
          .session_token = variable("AWS_SESSION_TOKEN")};
}

// "eu-west-1" of sqs.eu-west-1.amazonaws.com and of the older eu-west-1.queue.amazonaws.com; else empty.
std::string region_of_host(std::string_view host) {
  const std::vector<std::string_view> labels = split(host, '.');
  if (labels.size() < 4 || !host.contains(".amazonaws.com")) return {};
  if (labels[0] == "sqs" || labels[0] == "sqs-fips") return std::string(labels[1]);
  return labels[1] == "queue" ? std::string(labels[0]) : std::string();
}

std::string region_of(const Settings& settings, std::string_view queue_url) {
  for (std::string region : {settings.text("region"), region_of_host(net::split_url(queue_url).host),
                             variable("AWS_REGION"), variable("AWS_DEFAULT_REGION")}) {
    if (!region.empty()) return region;
  }
  return {};
}

// Scheme and host as they stand in the header `Host` by libcurl's rule: without the scheme's own port.
struct Origin {
  std::string scheme;
  std::string host;  // with a port that is not the scheme's own
};

Origin origin_of(std::string_view url) {
  const net::UrlParts parts = net::split_url(url);
  Origin origin{.scheme = to_lower_ascii(parts.scheme), .host = to_lower_ascii(parts.host)};
  if (origin.host.contains(':')) origin.host = fmt::format("[{}]", origin.host);
  const std::string_view own_port = origin.scheme == "https" ? "443" : "80";
  if (!parts.port.empty() && parts.port != own_port) origin.host += fmt::format(":{}", parts.port);
  return origin;
}

class SqsSource final : public Source {
 public:
  SqsSource(const SourceContext& context, const Settings& settings, AwsCredentials credentials, std::string region)
      : clock_(&context.clock),
        http_(&context.http),
        credentials_(std::move(credentials)),
        region_(std::move(region)),
        options_(common_options(settings)),
        queue_url_(settings.text("queue-url")),
        endpoint_(settings.text("endpoint")),
        with_in_flight_(settings.flag("scale-on-in-flight", true)),
        with_delayed_(settings.flag("scale-on-delayed")) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    const std::string queue_url = queue_url_.expand(query.app);
    net::HttpRequest request = make_request(queue_url);
    Result<net::HttpResponse> response = co_await http_->send(std::move(request), deadline);
    // The server may close a kept connection at the moment of the request, which, a POST, nobody has repeated yet.
    if (!response && response.error().kind == ErrorKind::kUnknownOutcome && clock_->now() < deadline) {
      request = make_request(queue_url);
      response = co_await http_->send(std::move(request), deadline);
    }
    if (!response) co_return fail_with("sqs", as_read_error(std::move(response.error()), clock_->now(), deadline));
    co_return read(*response, "sqs queue " + net::printable_url(queue_url));
  }

 private:
  net::HttpRequest make_request(const std::string& queue_url) const {
    const Origin origin = origin_of(endpoint_.empty() ? queue_url : endpoint_);
    SigV4Request to_sign;
    to_sign.headers = {{"content-type", std::string(kContentType)},
                       {"host", origin.host},
                       {"x-amz-date", amz_date(clock_->wall_now())},
                       {"x-amz-target", std::string(kTarget)}};
    if (!credentials_.session_token.empty()) {
      to_sign.headers.emplace_back("x-amz-security-token", credentials_.session_token);
    }
    const nlohmann::json body = {{"QueueUrl", queue_url},
                                 {"AttributeNames",
                                  {"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                                   "ApproximateNumberOfMessagesDelayed"}}};
    constexpr auto kReplace = nlohmann::json::error_handler_t::replace;  // throws at broken UTF-8 else
    to_sign.body = body.dump(-1, ' ', false, kReplace);

    net::HttpRequest request;
    request.method = to_sign.method;
    request.url = fmt::format("{}://{}/", origin.scheme, origin.host);
    request.body = to_sign.body;
    request.tls = options_.tls;
    for (const net::Header& header : to_sign.headers) {
      if (header.first != "host") request.headers.push_back(header);
    }
    request.headers.emplace_back("Authorization",
                                 sigv4_authorization(std::move(to_sign), credentials_, region_, "sqs"));
    return request;
  }

  Result<Sample> read(const net::HttpResponse& response, const std::string& server) const {
    if (response.status < 200 || response.status > 299) return std::unexpected(refusal(response, server));
    const Result<SqsCounts> counts = read_sqs_counts(response.body);
    if (!counts) return fail_with(server, counts.error());
    double value = counts->visible;
    if (with_in_flight_) value += counts->in_flight;
    if (with_delayed_) value += counts->delayed;
    Reading reading;
    reading.points.push_back({.point = {.labels = {}, .value = value}, .at = std::nullopt});
    return to_sample(std::move(reading), options_, clock_->wall_now(), "");
  }

  Error refusal(const net::HttpResponse& response, const std::string& server) const {
    const SqsError told = read_sqs_error(response.body);
    const std::vector<std::string> secrets = {credentials_.secret_access_key, credentials_.session_token};
    const std::string cause = told.type.empty() ? excerpt(scrub(response.body, secrets))
                                                : one_line(scrub(told.type + ": " + told.message, secrets));
    Error error = status_error(response, server, "");
    error.kind = sqs_error_kind(told.type, response.status);
    error.message = fmt::format("{} answered HTTP {}: {}{}", server, response.status, cause, remedy_of(error.kind));
    return error;
  }

  static std::string_view remedy_of(ErrorKind kind) {
    switch (kind) {
      case ErrorKind::kNotFound: return "; check queue-url and region";
      case ErrorKind::kRateLimited: return "; ask less often";
      case ErrorKind::kUnauthorized:
        return "; check the keys, their right to sqs:GetQueueAttributes, region, and this machine's clock";
      default: return "";
    }
  }

  Clock* clock_;
  net::HttpTransport* http_;
  AwsCredentials credentials_;
  std::string region_;
  CommonOptions options_;
  Template queue_url_;
  std::string endpoint_;
  bool with_in_flight_;
  bool with_delayed_;
};

Result<void> validate_sqs(const Settings& settings) {
  if (auto url = check_http_url("sqs queue-url", settings.text("queue-url")); !url) {
    url.error().message += "; as in https://sqs.eu-west-1.amazonaws.com/123456789012/jobs";
    return url;
  }
  if (settings.has("endpoint")) {
    if (auto url = check_http_url("sqs endpoint", settings.text("endpoint")); !url) return url;
  }
  const bool has_id = !settings.text("access-key-id").empty();
  if (has_id == settings.text("secret-access-key").empty()) {
    return fail(ErrorKind::kInvalid, "sqs access-key-id and secret-access-key go together");
  }
  if (!has_id && !settings.text("session-token").empty()) {
    return fail(ErrorKind::kInvalid, "sqs session-token needs access-key-id and secret-access-key");
  }
  return {};
}

Result<std::unique_ptr<Source>> make_sqs(const SourceContext& context, const Settings& settings) {
  AwsCredentials credentials = credentials_of(settings);
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return fail(ErrorKind::kInvalid,
                "sqs has no credentials; set access-key-id and secret-access-key, or the variables AWS_ACCESS_KEY_ID "
                "and AWS_SECRET_ACCESS_KEY");
  }
  std::string region = region_of(settings, settings.text("queue-url"));
  if (region.empty()) {
    return fail(ErrorKind::kInvalid, "sqs cannot tell the region by queue-url; set region, or AWS_REGION");
  }
  return std::make_unique<SqsSource>(context, settings, std::move(credentials), std::move(region));
}

}  // namespace

SourceKind sqs_kind() {
  return {
      .type = "sqs",
      .doc = "How many messages a queue of Amazon SQS has, or of a server that is compatible with it.",
      .fields = {{.key = "queue-url",
                  .required = true,
                  .expands_app_name = true,
                  .env = "SQS_QUEUE_URL",
                  .doc = "URL of the queue, as in https://sqs.eu-west-1.amazonaws.com/123456789012/jobs."},
                 {.key = "region",
                  .env = "SQS_REGION",
                  .doc = "Region that requests are signed for; default: that of queue-url, else AWS_REGION."},
                 {.key = "endpoint",
                  .env = "SQS_ENDPOINT",
                  .doc = "Where to send requests, for compatible servers; default: the host of queue-url."},
                 {.key = "scale-on-in-flight",
                  .kind = FieldKind::kBool,
                  .env = "SQS_SCALE_ON_IN_FLIGHT",
                  .doc = "Whether messages that are being worked on count, too; default true."},
                 {.key = "scale-on-delayed",
                  .kind = FieldKind::kBool,
                  .env = "SQS_SCALE_ON_DELAYED",
                  .doc = "Whether messages that nobody may receive yet count, too; default false."},
                 {.key = "access-key-id",
                  .env = "SQS_ACCESS_KEY_ID",
                  .doc = "Id of the access key; default: AWS_ACCESS_KEY_ID, with its secret and session token."},
                 {.key = "secret-access-key",
                  .kind = FieldKind::kSecret,
                  .env = "SQS_SECRET_ACCESS_KEY",
                  .doc = "The access key's secret."},
                 {.key = "session-token",
                  .kind = FieldKind::kSecret,
                  .env = "SQS_SESSION_TOKEN",
                  .doc = "Session token of temporary keys."}},
      .validate = validate_sqs,
      .make = make_sqs,
  };
}

}  // namespace fas::metrics
