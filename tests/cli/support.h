// Runs the program in this process, and serves what its collectors ask for.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "net/http_server.h"
#include "tests/config/support.h"

namespace fas::cli::test {

using config::test::Variables;

struct Run {
  int status = -1;
  std::string out;
  std::string err;
};

inline Run run(std::vector<std::string> args, const Variables& variables = {}) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_main(args, config::test::environment(variables), out, err);
  return {.status = status, .out = out.str(), .err = err.str()};
}

// A file that goes with the test.
class ConfigFile {
 public:
  explicit ConfigFile(std::string_view yaml) : path_(make_path()) { std::ofstream(path_) << yaml; }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  ~ConfigFile() { std::filesystem::remove(path_); }

  std::string path() const { return path_; }

 private:
  static std::string make_path() {
    static int count = 0;
    const std::string name = "cli_test_" + std::to_string(getpid()) + "_" + std::to_string(++count) + ".yml";
    return (std::filesystem::path(testing::TempDir()) / name).string();
  }

  std::string path_;
};

// Answers every request with one body, on loopback, from a thread of its own.
class OneReplyServer {
 public:
  explicit OneReplyServer(std::string body, int status = 200) {
    net::ServerOptions options;
    auto answer = [body = std::move(body), status](const net::ServerRequest& /*request*/,
                                                   net::ServerResponse& response) {
      response.status = status;
      response.body = body;
      return true;
    };
    server_ = std::move(*net::HttpServer::start(loop_, options, unused, std::move(answer)));
    thread_ = std::thread([this] { loop_.run(); });
  }
  OneReplyServer(const OneReplyServer&) = delete;
  OneReplyServer& operator=(const OneReplyServer&) = delete;
  ~OneReplyServer() {
    boost::asio::post(loop_, [this] {
      server_->stop();
      loop_.stop();
    });
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  static boost::asio::awaitable<net::ServerResponse> unused(const net::ServerRequest& /*request*/) {
    co_return net::ServerResponse{};
  }

  boost::asio::io_context loop_{1};
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
};

// What a Prometheus answers to a query that has one series of this value.
inline std::string one_sample(std::string_view value) {
  return R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1700000000,")" +
         std::string(value) + R"("]}]}})";
}

}  // namespace fas::cli::test
