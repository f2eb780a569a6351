// An event loop with a thread of its own that runs it, its clock and its connections.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>

#include "net/curl_transport.h"
#include "net/system_clock.h"

namespace fas::net {

// What lives on the loop is made before start(), or there; and is destroyed after stop(), before the LoopThread, or
// there. An exception that leaves a handler ends the process.
class LoopThread {
 public:
  // `name` is what tools show of the thread; 15 characters.
  explicit LoopThread(std::string name) : name_(std::move(name)) {}
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  ~LoopThread() { stop(); }

  void start();
  // Returns when the thread has ended: after the handler under way, whatever else the loop has to do.
  void stop();

  boost::asio::io_context& loop() { return loop_; }
  Clock& clock() { return clock_; }
  HttpTransport& http() { return http_; }

 private:
  std::string name_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()};
  SystemClock clock_{loop_};
  CurlTransport http_{loop_, clock_};
  std::thread thread_;
};

}  // namespace fas::net
