#include "net/http_session.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <string_view>
#include <utility>

namespace fas::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadSize = 16U << 10U;
constexpr std::chrono::milliseconds kDrainTime{1000};
constexpr std::chrono::milliseconds kStopTime{250};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

ServerResponse error_reply(int status, std::string_view what) {
  ServerResponse response;
  response.status = status;
  response.body = R"({"error": ")" + std::string(what) + "\"}\n";
  return response;
}

// "http://host/path", as a proxy's client sends it, without scheme and host.
std::string_view origin_form(std::string_view target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const std::size_t slash = target.find('/', scheme + 3);
  return slash == std::string_view::npos ? "/" : target.substr(slash);
}

std::string_view target_of(const http::request<http::string_body>& message) {
  return origin_form({message.target().data(), message.target().size()});
}

}  // namespace

HttpSession::HttpSession(Socket socket, std::shared_ptr<ServerCore> core)
    : socket_(std::move(socket)), core_(std::move(core)) {
  core_->sessions.insert(this);
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

HttpSession::~HttpSession() { core_->sessions.erase(this); }

void HttpSession::enter(Stage stage, std::chrono::milliseconds limit) {
  stage_ = stage;
  deadline_ = std::chrono::steady_clock::now() + limit;
}

void HttpSession::close() {
  if (stage_ == Stage::kClosed) return;
  const bool handling = stage_ == Stage::kHandling || stage_ == Stage::kStreaming;
  stage_ = Stage::kClosed;
  deadline_ = TimePoint::max();
  error_code ignored;
  socket_.close(ignored);
  if (handling) cancel_.emit(asio::cancellation_type::terminal);
}

void HttpSession::stop() {
  if (stage_ == Stage::kWriting) {
    keep_alive_ = false;
    deadline_ = std::chrono::steady_clock::now() + kStopTime;
  } else {
    close();
  }
}

void HttpSession::refuse() {
  keep_alive_ = false;
  parser_.emplace();
  response_ = error_reply(503, "too many connections");
  reply();
}

void HttpSession::next_request() {
  parser_.emplace();
  parser_->eager(false);  // stops behind the header, whose path decides how large the body may be
  // Beast counts the request line as part of the header.
  parser_->header_limit(static_cast<std::uint32_t>(core_->options.max_header_bytes));
  parser_->body_limit(boost::none);  // until bound_body()
  body_bound_ = 0;
  continued_ = false;
  if (buffer_.size() != 0) {  // pipelined
    enter(Stage::kReading, core_->options.read_timeout);
    parse();
  } else {
    enter(Stage::kIdle, core_->options.idle_timeout);
    read_more();
  }
}

void HttpSession::read_more() {
  socket_.async_read_some(buffer_.prepare(kReadSize), [self = shared_from_this()](error_code error, std::size_t size) {
    if (error) return self->close();
    self->buffer_.commit(size);
    if (self->stage_ == Stage::kIdle) {
      self->enter(Stage::kReading, self->core_->options.read_timeout);
    }
    self->parse();
  });
}

void HttpSession::parse() {
  error_code error;
  while (!parser_->is_done() && buffer_.size() != 0) {
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == http::error::need_more) {
      error = {};
      break;
    }
    if (error) return reject(error);
    if (body_bound_ == 0 && parser_->is_header_done() && !bound_body()) {
      return reject(http::make_error_code(http::error::body_limit));
    }
    if (used == 0) break;
  }
  if (parser_->is_done()) return handle();
  // A header without an end is held in the buffer, not in the parser, until its end has come.
  if (!parser_->is_header_done() && buffer_.size() > core_->options.max_header_bytes) {
    return reject(http::make_error_code(http::error::header_limit));
  }
  if (parser_->is_header_done() && !continued_ &&
      boost::beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
    return send_continue();
  }
  read_more();
}

// False: the header announces more than its path takes.
bool HttpSession::bound_body() {
  body_bound_ = core_->options.max_body_bytes;
  if (core_->options.body_bound) {
    const std::string_view target = target_of(parser_->get());
    body_bound_ = core_->options.body_bound(target.substr(0, target.find('?')));
  }
  parser_->body_limit(body_bound_);  // for what comes in chunks
  parser_->eager(true);
  const auto announced = parser_->content_length();
  return !announced || *announced <= body_bound_;
}

void HttpSession::send_continue() {
  continued_ = true;
  asio::async_write(socket_, asio::buffer(kContinue), [self = shared_from_this()](error_code error, std::size_t) {
    if (error) return self->close();
    self->read_more();
  });
}

void HttpSession::reject(error_code error) {
  keep_alive_ = false;
  if (error == http::error::body_limit) {
    response_ = error_reply(413, "request body too large");
  } else if (error == http::error::header_limit) {
    response_ = error_reply(431, "request header too large");
  } else {
    response_ = error_reply(400, "malformed HTTP request");
  }
  reply();
}

void HttpSession::handle() {
  const auto& message = parser_->get();
  keep_alive_ = message.keep_alive() && !core_->stopping;
  const auto method = message.method_string();
  const std::string_view target = target_of(message);
  const std::size_t mark = target.find('?');
  request_.method = {method.data(), method.size()};
  request_.path = target.substr(0, mark);
  request_.query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  request_.body = message.body();
  request_.header = [this](std::string_view name) -> std::string_view {
    const auto value = parser_->get()[boost::beast::string_view(name.data(), name.size())];
    return {value.data(), value.size()};
  };
  // Back to the defaults, keeping the memory of the last reply.
  response_.status = 200;
  response_.content_type = "application/json";
  response_.headers.clear();
  response_.body.clear();
  response_.stream = nullptr;
  response_.drop_connection = false;
  stage_ = Stage::kHandling;
  deadline_ = TimePoint::max();  // how long a reply may take is the handler's affair
  try {
    if (core_->fast && core_->fast(request_, response_)) return reply();
    run_handler();
  } catch (const std::exception&) {
    response_ = error_reply(500, "internal error");
    reply();
  }
}

void HttpSession::run_handler() {
  auto done = [self = shared_from_this()](const std::exception_ptr& error, ServerResponse response) {
    if (self->stage_ != Stage::kHandling) return;
    self->response_ = error ? error_reply(500, "internal error") : std::move(response);
    self->reply();
  };
  asio::co_spawn(socket_.get_executor(), core_->handler(request_),
                 asio::bind_cancellation_slot(cancel_.slot(), std::move(done)));
}

void HttpSession::reply() {
  if (response_.drop_connection) {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);  // a reset, not an orderly end
    return close();
  }
  if (response_.stream) keep_alive_ = false;
  enter(Stage::kWriting, core_->options.read_timeout);
  const bool http_1_0 = parser_->is_header_done() && parser_->get().version() == 10;
  write_head(response_, {.keep_alive = keep_alive_, .http_1_0 = http_1_0}, core_->date.now(), head_);
  const bool bodiless =
      !allows_body(response_.status) || (parser_->is_header_done() && parser_->get().method() == http::verb::head);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head_),
                                                     bodiless ? asio::const_buffer() : asio::buffer(response_.body)};
  // Called with every piece that went out: a client that keeps reading keeps its connection.
  auto progress = [this](error_code error, std::size_t sent) -> std::size_t {
    if (sent != 0 && !core_->stopping) enter(Stage::kWriting, core_->options.read_timeout);
    return asio::transfer_all()(error, sent);
  };
  asio::async_write(socket_, buffers, progress,
                    [self = shared_from_this()](error_code error, std::size_t) { self->wrote(error); });
}

void HttpSession::wrote(error_code error) {
  if (error || stage_ == Stage::kClosed) return close();
  const bool head_only = parser_->is_header_done() && parser_->get().method() == http::verb::head;
  if (response_.stream && !head_only && !core_->stopping) return run_stream();
  if (keep_alive_ && !core_->stopping) return next_request();
  socket_.shutdown(Socket::shutdown_send, error);
  enter(Stage::kDraining, core_->stopping ? kStopTime : kDrainTime);
  drain();
}

// What a stream's coroutine writes to. The session's deadline runs only while bytes are on their way, so that a client
// that does not read is closed, and one that has nothing to read is not.
class HttpSession::Stream final : public ResponseStream {
 public:
  explicit Stream(std::shared_ptr<HttpSession> session) : session_(std::move(session)) {}

  asio::awaitable<bool> write(std::string bytes) override {
    if (session_->stage_ != HttpSession::Stage::kStreaming) co_return false;
    session_->enter(HttpSession::Stage::kStreaming, session_->core_->options.read_timeout);
    auto token = asio::as_tuple(asio::use_awaitable);
    const auto [error, size] = co_await asio::async_write(session_->socket_, asio::buffer(bytes), token);
    if (session_->stage_ != HttpSession::Stage::kStreaming) co_return false;
    session_->deadline_ = TimePoint::max();
    co_return !error;
  }

 private:
  std::shared_ptr<HttpSession> session_;
};

void HttpSession::run_stream() {
  stage_ = Stage::kStreaming;
  deadline_ = TimePoint::max();
  auto stream = std::make_shared<Stream>(shared_from_this());
  auto done = [self = shared_from_this(), stream](const std::exception_ptr&) { self->close(); };
  asio::co_spawn(socket_.get_executor(), response_.stream(*stream),
                 asio::bind_cancellation_slot(cancel_.slot(), std::move(done)));
}

void HttpSession::drain() {
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(kReadSize), [self = shared_from_this()](error_code error, std::size_t) {
    if (error || self->stage_ != Stage::kDraining) return self->close();
    self->drain();
  });
}

}  // namespace fas::net
