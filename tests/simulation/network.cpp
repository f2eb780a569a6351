#include "tests/simulation/network.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "sim/fault_reply.h"

namespace fas::simulation {
namespace {

constexpr Duration kRefusedAfter = std::chrono::milliseconds(2);
constexpr Duration kNextLook = std::chrono::milliseconds(1);
constexpr Duration kLongest = std::chrono::hours(1);  // what comes later than this is never heard of again

// "/v1/apps/worker/machines" and "state=started" of a URL.
void split_url(Exchange& exchange) {
  std::string_view rest = exchange.request.url;
  rest.remove_prefix(rest.find("://") + 3);
  rest.remove_prefix(std::min(rest.find('/'), rest.size()));
  const std::size_t mark = rest.find('?');
  exchange.path = rest.substr(0, mark);
  exchange.query = mark == std::string_view::npos ? std::string_view{} : rest.substr(mark + 1);
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

net::HttpResponse as_client_sees(const net::ServerResponse& response) {
  constexpr std::size_t kSpare = 64;
  net::HttpResponse seen{.status = response.status};
  seen.body.reserve(response.body.size() + kSpare);
  seen.body = response.body;
  seen.headers.reserve(response.headers.size() + 1);
  seen.headers.emplace_back("content-type", response.content_type);
  for (const auto& [name, value] : response.headers) seen.headers.emplace_back(to_lower_ascii(name), value);
  return seen;
}

}  // namespace

struct Network::Flight {
  Exchange exchange;
  sim::Api::Call call;
  Deliver deliver;
  Duration until{0};  // of a `wait`
};

std::shared_ptr<const Exchange> Network::send(int process, net::HttpRequest request, Deliver deliver) {
  auto flight = std::make_shared<Flight>();
  Exchange& exchange = flight->exchange;
  exchange.number = ++last_;
  exchange.process = process;
  exchange.request = std::move(request);
  exchange.sent = timeline_.now();
  split_url(exchange);
  flight->deliver = std::move(deliver);

  api_.world().advance(timeline_.now());
  flight->call = api_.begin(server_request(exchange));
  exchange.route = flight->call.route;
  if (exchange.request.url.starts_with(kMetricsUrl)) exchange.route.action = sim::Action::kMetrics;
  if (observer_ != nullptr) observer_->sent(exchange);
  if (random_.chance(options_.unreachable)) {
    timeline_.at(timeline_.now() + kRefusedAfter,
                 [flight] { flight->deliver(flight->exchange, fail(ErrorKind::kUnavailable, "connection refused")); });
    return {flight, &exchange};
  }
  Duration before = flight->call.before;
  if (random_.chance(options_.late)) {
    before += Duration(static_cast<Duration::rep>(random_.uniform() * static_cast<double>(options_.late_by.count())));
  }
  // A fault that hangs before its effect has none.
  if (before <= kLongest) timeline_.at(timeline_.now() + before, [this, flight] { arrive(flight); });
  return {flight, &exchange};
}

void Network::arrive(std::shared_ptr<Flight> flight) {
  Exchange& exchange = flight->exchange;
  const std::optional<sim::FaultRule> fault = std::exchange(flight->call.fault, std::nullopt);
  api_.world().advance(timeline_.now());
  exchange.effect = timeline_.now();
  if (auto instead = fault ? sim::fault_before(*fault) : std::nullopt) {
    exchange.response = std::move(*instead);
    return come_back(flight);
  }
  if (exchange.route.action == sim::Action::kMetrics) {
    auto page = metrics_(exchange);
    if (!page) return;
    exchange.response = std::move(*page);
  } else {
    auto response = api_.answer(flight->call, server_request(exchange), flight->until);
    if (!response) {  // a `wait` whose time has not come
      const Duration next = std::min(flight->until, api_.world().next_event().value_or(flight->until));
      flight->call.fault = fault;
      return timeline_.at(std::max(next, timeline_.now() + kNextLook), [this, flight] { arrive(flight); });
    }
    exchange.response = std::move(*response);
  }
  exchange.status = exchange.response.status;
  if (observer_ != nullptr) observer_->took_effect(exchange);
  if (fault) {
    exchange.spoilt = fault->kind != sim::FaultKind::kSlow;
    sim::fault_after(*fault, exchange.response);
  }
  come_back(flight);
}

void Network::come_back(const std::shared_ptr<Flight>& flight) {
  if (flight->call.after > kLongest) return;
  timeline_.at(timeline_.now() + flight->call.after, [flight] {
    Exchange& exchange = flight->exchange;
    if (exchange.response.drop_connection) {
      flight->deliver(exchange, fail(ErrorKind::kUnknownOutcome, "connection reset by peer"));
    } else if (exchange.response.body.size() > exchange.request.max_response_bytes) {
      flight->deliver(exchange, fail(ErrorKind::kMalformed, "the reply is too long"));
    } else {
      flight->deliver(exchange, as_client_sees(exchange.response));
    }
  });
}

net::ServerRequest Network::server_request(const Exchange& exchange) const {
  const net::HttpRequest& request = exchange.request;
  return {.method = request.method,
          .path = exchange.path,
          .query = exchange.query,
          .body = request.body,
          .header = [&request](std::string_view name) -> std::string_view {
            for (const auto& [key, value] : request.headers) {
              if (same_name(key, name)) return value;
            }
            return {};
          }};
}

}  // namespace fas::simulation
