// Drives one libcurl multi handle on an event loop. Internal to CurlTransport.
#pragma once

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_set>
#include <vector>

#include "net/curl_transport.h"

namespace fas::net {

class CurlTransfer;

struct CurlEasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyDeleter>;

// libcurl's sockets are kept in an epoll set of their own, and the loop watches that one descriptor: registering and
// forgetting a socket is then one system call that needs no handler, and one that libcurl closes leaves the set by
// itself. The loop is watched only while transfers are under way, so an idle driver does not keep it running.
// Everything here happens on the loop's thread; no method may be called from within a libcurl callback.
class CurlDriver : public std::enable_shared_from_this<CurlDriver> {
 public:
  CurlDriver(boost::asio::io_context& loop, const CurlOptions& options);
  CurlDriver(const CurlDriver&) = delete;
  CurlDriver& operator=(const CurlDriver&) = delete;
  ~CurlDriver();

  // A handle with nothing set, from the pool where possible; null when there is no memory.
  CurlEasy take_easy();
  void give_back(CurlEasy handle);

  // `transfer` is finished later with its result code, unless stop() comes first. False: libcurl has no memory.
  bool start(CurlTransfer& transfer);
  void stop(CurlTransfer& transfer);  // does nothing for one that is finished

  // Ends all transfers with kCancelled; none may be started afterwards.
  void close();
  bool closed() const { return closed_; }
  boost::asio::any_io_executor executor() { return epoll_.get_executor(); }

 private:
  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  void watch();
  void handle_events();
  void kick();
  void arm_timer(std::chrono::steady_clock::time_point when);
  void handle_timer();
  void act(curl_socket_t socket, int events);
  void finish_done();
  void rest_if_idle();

  boost::asio::posix::stream_descriptor epoll_;
  boost::asio::steady_timer timer_;
  CURLM* multi_;
  std::unordered_set<CurlTransfer*> active_;
  std::vector<CurlEasy> spare_;
  std::chrono::steady_clock::time_point due_;    // when libcurl wants to be called; max: never
  std::chrono::steady_clock::time_point armed_;  // when timer_ fires; max: it is not waiting
  bool watching_ = false;
  bool kicked_ = false;
  bool closed_ = false;
};

}  // namespace fas::net
