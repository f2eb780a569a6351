// The head of an HTTP/1.1 reply as text.
#pragma once

#include <string>
#include <string_view>

#include "net/http_server.h"

namespace fas::net {

// How the reply relates to the request that it answers.
struct ReplyContext {
  bool keep_alive = true;
  bool http_1_0 = false;  // such a client is told of keep-alive, which is not its default
};

// Replaces `head` by status line and headers, the empty line included. Line breaks within a header are dropped, so that
// no value can end the head early.
void write_head(const ServerResponse& response, ReplyContext context, std::string_view date, std::string& head);

// May a reply of that status have a body at all?
bool allows_body(int status);

// "Tue, 24 Nov 2026 17:03:15 GMT": the `Date` of now, made anew once a second.
class DateHeader {
 public:
  std::string_view now();

 private:
  long long second_ = -1;
  std::string text_;
};

}  // namespace fas::net
