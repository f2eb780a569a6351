#include "tests/soak/stand_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <utility>

#include "net/http_server.h"
#include "tests/metrics/fake_github.h"
#include "tests/metrics/temporal_server.h"
#include "tests/support/kafka_mock.h"
#include "tests/support/kafka_tool.h"

namespace fas::test {
namespace {

namespace asio = boost::asio;

class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;

  virtual std::string address() const = 0;
  virtual void set_refusing(bool refusing) = 0;
  virtual void set_down(bool down) = 0;
};

asio::awaitable<net::ServerResponse> nothing(const net::ServerRequest& /*request*/) {
  co_return net::ServerResponse{.status = 500, .headers = {}, .body = {}};
}

class HttpService : public Service {
 public:
  explicit HttpService(asio::io_context& loop) : loop_(loop) {}

  std::string address() const override { return fmt::format("127.0.0.1:{}", port_); }
  void set_refusing(bool refusing) override { refusing_ = refusing; }
  void set_down(bool down) override {
    server_.reset();
    if (!down) start();
  }

 protected:
  virtual net::ServerResponse answer(const net::ServerRequest& request) = 0;

  bool refusing() const { return refusing_; }
  void start() {
    const auto fast = [this](const net::ServerRequest& request, net::ServerResponse& response) {
      response = answer(request);
      return true;
    };
    auto server = net::HttpServer::start(loop_, {.listen = address()}, nothing, fast);
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
    port_ = server_->port();
  }

 private:
  asio::io_context& loop_;
  bool refusing_ = false;
  std::uint16_t port_ = 0;
  std::unique_ptr<net::HttpServer> server_;
};

net::ServerResponse response(int status, std::string body) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

class JsonAndPage final : public HttpService {
 public:
  explicit JsonAndPage(asio::io_context& loop) : HttpService(loop) { start(); }

 private:
  net::ServerResponse answer(const net::ServerRequest& request) override {
    if (refusing() || request.header("authorization") != "Bearer s3cret") return response(401, R"({"error":"no"})");
    if (request.path == "/stats") return response(200, R"({"queues":[{"depth":7}]})");
    return {.status = 200,
            .content_type = "text/plain; version=0.0.4",
            .headers = {},
            .body = "# TYPE depth gauge\ndepth{app=\"worker\"} 7\ndepth{app=\"mailer\"} 7\n"};
  }
};

class Sqs final : public HttpService {
 public:
  explicit Sqs(asio::io_context& loop) : HttpService(loop) { start(); }

 private:
  net::ServerResponse answer(const net::ServerRequest& request) override {
    if (refusing() || !request.header("authorization").starts_with("AWS4-HMAC-SHA256 ")) {
      return response(403, R"({"__type":"com.amazonaws.sqs#InvalidSignatureException","message":"no"})");
    }
    return response(200, R"({"Attributes":{"ApproximateNumberOfMessages":"5",)"
                         R"("ApproximateNumberOfMessagesNotVisible":"2","ApproximateNumberOfMessagesDelayed":"9"}})");
  }
};

class Github final : public HttpService {
 public:
  explicit Github(asio::io_context& loop) : HttpService(loop) {
    github_.page_size = 2;
    for (const std::int64_t run : {1, 2, 3}) {
      github_.add_run("acme/app", run, "queued");
      for (int job = 0; job < (run == 1 ? 3 : 2); ++job) github_.add_job("acme/app", run, "queued", "self-hosted");
    }
    start();
    github_.link_host = "http://" + address();
  }

 private:
  net::ServerResponse answer(const net::ServerRequest& request) override {
    github_.targets.clear();
    github_.token = refusing() ? "another" : "s3cret";
    std::string target(request.path);
    if (!request.query.empty()) target += fmt::format("?{}", request.query);
    net::HttpResponse told =
        github_.answer(std::string(request.method), target, std::string(request.header("authorization")),
                       std::string(request.header("if-none-match")));
    return {.status = told.status, .headers = std::move(told.headers), .body = std::move(told.body)};
  }

  metrics::FakeGithub github_;
};

class Temporal final : public Service {
 public:
  std::string address() const override { return server_.address(); }
  void set_refusing(bool refusing) override { refusing_ = refusing; }
  void set_down(bool down) override { down ? server_.stop() : server_.restart(); }

 private:
  TemporalReply answer(const TemporalCall& call) const {
    constexpr int kUnauthenticated = 16;
    if (refusing_) return {.status = kUnauthenticated, .status_text = "no", .stats = {}, .versions = {}};
    const bool workflow = call.task_queue_type == 1;
    return {.status_text = {}, .count = 7, .stats = TemporalStats{.count = workflow ? 3 : 4}, .versions = {}};
  }

  std::atomic<bool> refusing_ = false;
  FakeTemporal server_{[this](const TemporalCall& call) { return answer(call); }};
};

class Kafka final : public Service {
 public:
  Kafka() {
    mock_.create_topic("jobs", 2);
    KafkaTool tool(mock_.bootstrap_servers());
    tool.produce("jobs", 0, 10);
    tool.produce("jobs", 1, 5);
    for (const char* group : {"worker", "mailer"}) tool.commit(group, "jobs", {{0, 4}, {1, 4}});
  }

  std::string address() const override { return mock_.bootstrap_servers(); }
  void set_refusing(bool refusing) override {
    rd_kafka_mock_topic_set_error(mock_.cluster(), "jobs",
                                  refusing ? RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED : RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void set_down(bool down) override { down ? mock_.set_down(1) : mock_.set_up(1); }

 private:
  KafkaMock mock_{1};
};

std::unique_ptr<Service> make_service(asio::io_context& loop, std::string_view kind) {
  if (kind == "http") return std::make_unique<JsonAndPage>(loop);
  if (kind == "sqs") return std::make_unique<Sqs>(loop);
  if (kind == "github") return std::make_unique<Github>(loop);
  if (kind == "temporal") return std::make_unique<Temporal>();
  if (kind == "kafka") return std::make_unique<Kafka>();
  throw std::runtime_error(fmt::format("there is no stand-in for {}", kind));
}

}  // namespace

int serve_stand_in(std::string_view kind) {
  asio::io_context loop;
  asio::signal_set signals(loop, SIGUSR1, SIGUSR2, SIGTERM);
  const std::unique_ptr<Service> service = make_service(loop, kind);
  bool refusing = false;
  bool down = false;
  std::function<void()> wait = [&] {
    signals.async_wait([&](const boost::system::error_code& error, int signal) {
      if (error || signal == SIGTERM) return loop.stop();
      if (signal == SIGUSR1) service->set_refusing(refusing = !refusing);
      if (signal == SIGUSR2) service->set_down(down = !down);
      std::cout << "changed" << std::endl;
      wait();
    });
  };
  wait();
  std::cout << service->address() << std::endl;
  loop.run();
  return 0;
}

StandIn::StandIn(const std::string& kind) {
  process_ = std::make_unique<Process>(
      std::vector<std::string>{std::filesystem::read_symlink("/proc/self/exe").string(), "stand-in", kind},
      ProcessOptions{.working_directory = {},
                     .environment = {},
                     .output_file = folder_.file("errors"),
                     .stdout_file = folder_.file("told")});
  wait_for_line();
  const std::string told = read_file(folder_.file("told"));
  address_ = told.substr(0, told.find('\n'));
}

void StandIn::wait_for_line() {
  ++lines_;
  const auto told = [&] { return std::ranges::count(read_file(folder_.file("told")), '\n') >= lines_; };
  if (!process_->wait_until(told))
    throw std::runtime_error("a stand-in says nothing: " + read_file(folder_.file("errors")));
}

void StandIn::toggle_refusing() {
  process_->signal(SIGUSR1);
  wait_for_line();
}

void StandIn::toggle_down() {
  process_->signal(SIGUSR2);
  wait_for_line();
}

}  // namespace fas::test
