// The simulator as a server, with plain sockets on the client's side.
#include "sim/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "sim/machine_config.h"

namespace fas::sim {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class SimServerTest : public testing::Test {
 protected:
  void start(Options options) {
    options.api.rate_limits = false;
    auto started = Server::start(loop_, std::move(options));
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server_ = std::move(*started);
    thread_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    if (!thread_.joinable()) return;
    asio::post(loop_, [this] { server_.reset(); });
    thread_.join();
  }
  std::string call(const std::string& method, const std::string& target, const std::string& body = "") {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
    asio::write(socket,
                asio::buffer(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body));
    std::string reply;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(reply), error);
    return error == asio::error::connection_reset ? reply + "[reset]" : reply;
  }
  static Options one_app(int machines) {
    Options options;
    options.apps.push_back({.app = {.name = "worker"}, .machines = machines, .regions = {"iad", "fra"}});
    return options;
  }

  asio::io_context loop_{1};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(SimServerTest, ListsAndStartsAndWaits) {
  Options options = one_app(2);
  options.time_scale = 20;
  start(std::move(options));
  const std::string list = call("GET", "/v1/apps/worker/machines");
  EXPECT_THAT(list, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(list, HasSubstr("fly-request-id: "));
  EXPECT_THAT(list, HasSubstr("\"region\":\"fra\""));
  const std::size_t at = list.find("\"id\":\"") + 6;
  const std::string path = "/v1/apps/worker/machines/" + list.substr(at, 14);
  EXPECT_THAT(call("POST", path + "/start"), HasSubstr("previous_state"));
  EXPECT_THAT(call("GET", path + "/wait?state=started&timeout=60"), EndsWith("{\"ok\":true}"));
  EXPECT_THAT(call("GET", path), HasSubstr("\"state\":\"started\""));
  EXPECT_THAT(call("GET", path + "/wait?state=stopped&timeout=2"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(SimServerTest, LatencyFaultsAndResets) {
  Options options = one_app(1);
  options.api.latency = Spread(1ms);
  options.api.faults.push_back({.kind = FaultKind::kResetAfter, .action = "create", .count = 1});
  start(std::move(options));
  const char* body = R"({"name":"a","config":{"image":"x"}})";
  EXPECT_EQ(call("POST", "/v1/apps/worker/machines", body), "[reset]");
  EXPECT_THAT(call("POST", "/v1/apps/worker/machines", body), StartsWith("HTTP/1.1 409 "));
}

TEST_F(SimServerTest, StopsWhileACallHangs) {
  Options options = one_app(1);
  options.api.faults.push_back({.kind = FaultKind::kHang, .action = "list"});
  start(std::move(options));
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
  asio::write(socket, asio::buffer(std::string_view("GET /v1/apps/worker/machines HTTP/1.1\r\n\r\n")));
  EXPECT_THAT(call("GET", "/metrics"), HasSubstr("sim_machines"));
}

}  // namespace
}  // namespace fas::sim
