// What the sources that speak HTTP share: credentials, and what a failed call means for a metric.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/registry.h"
#include "net/http.h"

namespace fas::metrics {

// The fields `token`, or `user` and `password`: not both, and no password without a user.
Result<void> validate_http_auth(const Settings& settings);

// Credentials of the fields `token`, `user`, `password` and `headers`, put into requests and kept out of messages.
class HttpAuth {
 public:
  HttpAuth() = default;
  explicit HttpAuth(const Settings& settings);

  void apply(net::HttpRequest& request) const;

  // `text` with every credential in it replaced by "***": a reply may echo what was sent.
  std::string scrub(std::string text) const;

 private:
  std::string authorization_;  // header value; empty: none
  std::string basic_auth_;     // "user:password"; empty: none
  std::vector<std::string> secrets_;
};

// `text` with every one of `secrets` in it replaced by "***". One of fewer than 6 bytes stays: it is no credential, and
// replacing it would garble messages.
std::string scrub(std::string text, const std::vector<std::string>& secrets);

// Nothing of a metric's question has an effect, so an unknown outcome is only a failure: kTimeout once the deadline has
// passed, else kUnavailable. Other errors stay as they are.
Error as_read_error(Error error, TimePoint now, Deadline deadline);

// The error of a reply whose status is not 2xx. `cause` is what the reply says, already fit to be shown, and may be
// empty.
Error status_error(const net::HttpResponse& response, std::string_view server, std::string_view cause);

// A text from outside, made fit for a message: valid UTF-8 on one line, cut to about `limit` bytes.
std::string one_line(std::string_view text, std::size_t limit = 300);

// The first words of a reply, in quotes; "an empty reply" when there is nothing.
std::string excerpt(std::string_view body);

}  // namespace fas::metrics
