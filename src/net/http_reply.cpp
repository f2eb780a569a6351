#include "net/http_reply.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <chrono>
#include <ctime>
#include <iterator>

namespace fas::net {
namespace {

namespace http = boost::beast::http;

void append_clean(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c != '\r' && c != '\n') out += c;
  }
}

void append_header(std::string_view name, std::string_view value, std::string& out) {
  append_clean(name, out);
  out += ": ";
  append_clean(value, out);
  out += "\r\n";
}

}  // namespace

bool allows_body(int status) { return status >= 200 && status != 204 && status != 304; }

void write_head(const ServerResponse& response, ReplyContext context, std::string_view date, std::string& head) {
  head.clear();
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 std::string_view(reason.data(), reason.size()), date);
  if (allows_body(response.status)) {
    if (!response.content_type.empty()) append_header("Content-Type", response.content_type, head);
    // A stream ends with its connection.
    if (!response.stream) {
      fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", response.body.size());
    }
  }
  for (const auto& [name, value] : response.headers) append_header(name, value, head);
  if (!context.keep_alive) {
    head += "Connection: close\r\n";
  } else if (context.http_1_0) {
    head += "Connection: keep-alive\r\n";
  }
  head += "\r\n";
}

std::string_view DateHeader::now() {
  const std::time_t second = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (second != second_) {
    second_ = second;
    text_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(second));
  }
  return text_;
}

}  // namespace fas::net
