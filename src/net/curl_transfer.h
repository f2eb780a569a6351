// One HTTP call on a libcurl easy handle: from the request to the Result. Internal to CurlTransport.
#pragma once

#include <curl/curl.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "net/curl_driver.h"
#include "net/event.h"
#include "net/http.h"

namespace fas::net {

// Stays where it is from start() to its end: libcurl holds pointers into it. Destroying it ends the call.
class CurlTransfer {
 public:
  CurlTransfer(std::shared_ptr<CurlDriver> driver, HttpRequest request);
  CurlTransfer(const CurlTransfer&) = delete;
  CurlTransfer& operator=(const CurlTransfer&) = delete;
  ~CurlTransfer();

  // Errors: kInvalid for a request that cannot be sent as it stands.
  Result<void> start(const Clock& clock, Deadline deadline, const CurlOptions& options);

  // Returns when the call has ended, or when the waiting coroutine is cancelled: take_result() is then empty.
  boost::asio::awaitable<void> wait() { return done_.wait(); }
  std::optional<Result<HttpResponse>> take_result() { return std::move(result_); }

  // For the driver, outside of libcurl's callbacks.
  CURL* easy() const { return easy_.get(); }
  void finish(CURLcode code);
  void abandon();

 private:
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListDeleter>;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_about_to_send(void* self, char* peer, char* local, int peer_port, int local_port);

  void set_callbacks();
  void set_method_and_body();
  Result<void> set_headers();
  bool apply_server_name();  // true when the URL's host now is the name, so that `Host` must be told apart
  void set_route();
  void set_limits(std::chrono::nanoseconds left, const CurlOptions& options);
  void set_result(Result<HttpResponse> result);
  std::string_view reason_of(CURLcode code) const;
  std::pair<ErrorKind, std::string> explain(CURLcode code) const;
  std::pair<ErrorKind, std::string> explain_unsent(CURLcode code) const;
  std::unexpected<Error> failure(ErrorKind kind, std::string_view why) const;
  bool may_be_repeated() const { return request_.method == "GET" || request_.method == "HEAD"; }

  std::shared_ptr<CurlDriver> driver_;
  CurlEasy easy_;
  HttpRequest request_;
  const Clock* clock_ = nullptr;
  Deadline deadline_;
  List headers_;
  List route_;
  std::array<char, CURL_ERROR_SIZE> reason_{};
  HttpResponse response_;
  int attempts_ = 0;  // how often libcurl began to send the request
  bool head_ended_ = false;
  bool refused_repeat_ = false;
  bool too_late_ = false;
  bool too_long_ = false;
  std::optional<Result<HttpResponse>> result_;
  Event done_;
};

}  // namespace fas::net
