// One connection of the HTTP server: reads a request, has it handled, writes the reply, and again.
//
// A session keeps itself alive while an operation of its own is under way. Its time-outs are a deadline that the
// server's sweep compares with the time now and then: no timer is set or cancelled per request.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "base/clock.h"
#include "net/http_reply.h"
#include "net/http_server.h"

namespace fas::net {

class HttpSession;

// What the sessions of one server share; outlives the server while sessions are left.
struct ServerCore {
  ServerOptions options;
  Handler handler;
  FastHandler fast;
  DateHeader date;
  std::unordered_set<HttpSession*> sessions;
  bool stopping = false;
};

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

  HttpSession(Socket socket, std::shared_ptr<ServerCore> core);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void start() { next_request(); }
  // Answers 503 without reading a request, and closes.
  void refuse();

  // Between two requests: it may be closed without harm.
  bool idle() const { return stage_ == Stage::kIdle; }
  TimePoint deadline() const { return deadline_; }
  void close();
  // A reply that is being written goes out, in a bounded time; all else ends at once.
  void stop();

 private:
  enum class Stage { kIdle, kReading, kHandling, kWriting, kStreaming, kDraining, kClosed };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void enter(Stage stage, std::chrono::milliseconds limit);
  void next_request();
  void read_more();
  void parse();
  bool bound_body();
  void send_continue();
  void reject(boost::system::error_code error);
  void handle();
  void run_handler();
  void reply();
  void wrote(boost::system::error_code error);
  class Stream;
  void run_stream();
  // Reads what the client still sends and drops it: closing at once would reset the connection and lose the reply.
  void drain();

  Socket socket_;
  std::shared_ptr<ServerCore> core_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  ServerRequest request_;
  ServerResponse response_;
  std::string head_;
  boost::asio::cancellation_signal cancel_;
  TimePoint deadline_ = TimePoint::max();
  Stage stage_ = Stage::kIdle;
  std::size_t body_bound_ = 0;
  bool continued_ = false;  // "100 Continue" has been sent for this request
  bool keep_alive_ = false;
};

}  // namespace fas::net
