#include "net/curl_transfer.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "net/curl_tls.h"
#include "net/url.h"

namespace fas::net {
namespace {

constexpr std::size_t kSpareBytes = 64;            // behind the body, for padded parsers
constexpr std::size_t kReserveAtMost = 1U << 20U;  // a server's Content-Length alone allocates no more than this
constexpr unsigned kUnackedMs = 20'000;

// Without these a connection whose peer vanished silently would fail every call on it until its deadline, for hours.
int on_socket_made(void* /*self*/, curl_socket_t socket, curlsocktype /*purpose*/) {
  const unsigned limit = kUnackedMs;
  ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
  return CURL_SOCKOPT_OK;
}

bool has_line_break(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_http(std::string_view url) {
  const std::string scheme = to_lower_ascii(split_url(url).scheme);
  return scheme == "http" || scheme == "https";
}

bool append(auto& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) return false;
  static_cast<void>(list.release());
  list.reset(longer);
  return true;
}

}  // namespace

CurlTransfer::CurlTransfer(std::shared_ptr<CurlDriver> driver, HttpRequest request)
    : driver_(std::move(driver)),
      easy_(driver_->take_easy()),
      request_(std::move(request)),
      done_(driver_->executor()) {}

CurlTransfer::~CurlTransfer() {
  if (!easy_) return;
  driver_->stop(*this);
  driver_->give_back(std::move(easy_));
}

Result<void> CurlTransfer::start(const Clock& clock, Deadline deadline, const CurlOptions& options) {
  clock_ = &clock;
  deadline_ = deadline;
  if (driver_->closed()) return failure(ErrorKind::kCancelled, "the HTTP client is shut down");
  if (!easy_) return failure(ErrorKind::kUnavailable, "out of memory");
  const auto left = deadline - clock.now();
  if (left <= std::chrono::nanoseconds::zero()) return failure(ErrorKind::kTimeout, "the deadline had passed already");
  if (!is_token(request_.method)) return failure(ErrorKind::kInvalid, "the method is not a word");

  if (!is_http(request_.url)) return failure(ErrorKind::kInvalid, "the URL must begin with http:// or https://");

  set_callbacks();
  set_method_and_body();
  set_route();
  set_limits(left, options);
  apply_tls(easy_.get(), request_.tls ? *request_.tls : TlsSettings{});
  const Result<void> headers = set_headers();
  if (!headers) return headers;
  if (!driver_->start(*this)) return failure(ErrorKind::kUnavailable, "libcurl cannot take the call");
  return {};
}

void CurlTransfer::set_callbacks() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason_.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlTransfer::on_about_to_send);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &on_socket_made);
}

void CurlTransfer::set_method_and_body() {
  CURL* easy = easy_.get();
  const std::string& method = request_.method;
  const bool sends_body = !request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (sends_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  } else if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  }
  const std::string_view implied = sends_body ? "POST" : "GET";
  if (method != implied && method != "HEAD") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

Result<void> CurlTransfer::set_headers() {
  bool complete = true;
  bool has_content_type = false;
  for (const auto& [name, value] : request_.headers) {
    if (!is_token(name) || has_line_break(value)) {
      return failure(ErrorKind::kInvalid, fmt::format("the header \"{}\" cannot be sent: it holds a line break or "
                                                      "a character that header names must not have",
                                                      is_token(name) ? name : "?"));
    }
    has_content_type = has_content_type || to_lower_ascii(name) == "content-type";
    // libcurl spells an empty header with a semicolon; with a colon it means "leave it out".
    complete = append(headers_, value.empty() ? name + ";" : fmt::format("{}: {}", name, value)) && complete;
  }
  if (!has_content_type) complete = append(headers_, "Content-Type:") && complete;  // not a form
  complete = append(headers_, "Expect:") && complete;  // a round trip for nothing: the body is short
  if (!complete) return failure(ErrorKind::kUnavailable, "out of memory");
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

// The certificate is checked against, and SNI asks for, the URL's host. For another name that name becomes the URL's
// host, while the connection still goes to, and `Host` still names, the real one.
bool CurlTransfer::apply_server_name() {
  if (!request_.tls || request_.tls->server_name.empty()) return false;
  const UrlParts parts = split_url(request_.url);
  if (parts.scheme != "https" || parts.host == request_.tls->server_name) return false;
  const std::string port(parts.port.empty() ? "443" : parts.port);
  const bool v6 = parts.host.find(':') != std::string_view::npos;
  const std::string host = v6 ? fmt::format("[{}]", parts.host) : std::string(parts.host);
  const std::string_view rest = std::string_view(request_.url).substr(request_.url.find("://") + 3);
  const std::size_t path = rest.find_first_of("/?#");
  const std::string url =
      fmt::format("https://{}:{}{}", request_.tls->server_name, port, path == rest.npos ? "" : rest.substr(path));
  curl_easy_setopt(easy_.get(), CURLOPT_URL, url.c_str());
  append(route_, fmt::format("::{}:{}", host, port));
  curl_easy_setopt(easy_.get(), CURLOPT_CONNECT_TO, route_.get());
  append(headers_, fmt::format("Host: {}{}{}", host, parts.port.empty() ? "" : ":", parts.port));
  return true;
}

void CurlTransfer::set_route() {
  CURL* easy = easy_.get();
  if (!apply_server_name()) curl_easy_setopt(easy, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  // Go's rule, which users of the environment's proxies rely on; libcurl itself would ask the proxy for localhost.
  if (is_loopback(split_url(request_.url).host)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!request_.basic_auth.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERPWD, request_.basic_auth.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  }
}

void CurlTransfer::set_limits(std::chrono::nanoseconds left, const CurlOptions& options) {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  constexpr milliseconds kLongest = std::chrono::hours(24);
  CURL* easy = easy_.get();
  const milliseconds whole = std::min(ceil<milliseconds>(left), kLongest);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(whole.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Without it the end of a call waits for its name resolution, which nothing can hurry.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 15L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 5L);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(options.max_idle.count()));
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "fly-autoscaler");
  const bool http2 = options.http2 && request_.url.starts_with("https://");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   static_cast<long>(http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  // A burst of calls waits to see whether the first connection can carry them all.
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, http2 ? 1L : 0L);
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  HttpResponse& response = static_cast<CurlTransfer*>(self)->response_;
  const std::string_view line = trim(std::string_view(data, size * count));
  static_cast<CurlTransfer*>(self)->head_ended_ = line.empty();
  if (line.starts_with("HTTP/")) {  // an interim reply (1xx) may have come before this one
    response.headers.clear();
    return size * count;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size * count;
  response.headers.emplace_back(to_lower_ascii(line.substr(0, colon)), trim(line.substr(colon + 1)));
  return size * count;
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  std::string& body = transfer.response_.body;
  const std::size_t bytes = size * count;
  if (bytes > transfer.request_.max_response_bytes - std::min(body.size(), transfer.request_.max_response_bytes)) {
    transfer.too_long_ = true;
    return 0;
  }
  if (body.empty()) {
    curl_off_t announced = -1;
    curl_easy_getinfo(transfer.easy(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    const std::size_t expected = std::max(bytes, announced > 0 ? static_cast<std::size_t>(announced) : 0);
    body.reserve(std::min(expected, std::max(bytes, kReserveAtMost)) + kSpareBytes);
  }
  body.append(data, bytes);
  return bytes;
}

// Called each time right before the request goes out on a connection that stands. A second time means that the
// first connection died: libcurl repeats whatever got no answer, which for a change could double its effect.
// libcurl looks at a socket that has become ready before it looks at the time: a process that stood still meanwhile
// (stopped, or without a processor) would send what its deadline forbids, when the app may long be another's.
int CurlTransfer::on_about_to_send(void* self, char* /*peer*/, char* /*local*/, int /*peer_port*/, int /*local_port*/) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (transfer.clock_->now() >= transfer.deadline_) {
    transfer.too_late_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  if (transfer.attempts_ > 0 && !transfer.may_be_repeated()) {
    transfer.refused_repeat_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  ++transfer.attempts_;
  return CURL_PREREQFUNC_OK;
}

void CurlTransfer::finish(CURLcode code) {
  if (code != CURLE_OK) {
    const auto [kind, why] = explain(code);
    set_result(failure(kind, why));
    return;
  }
  if (!head_ended_) {  // libcurl takes a head that ends with the connection for a whole one
    set_result(failure(ErrorKind::kUnknownOutcome, "the connection was closed within the reply"));
    return;
  }
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  response_.body.reserve(response_.body.size() + kSpareBytes);
  set_result(std::move(response_));
}

void CurlTransfer::abandon() { set_result(failure(ErrorKind::kCancelled, "the HTTP client was shut down")); }

void CurlTransfer::set_result(Result<HttpResponse> result) {
  result_ = std::move(result);
  done_.notify();
}

// libcurl's own words for what went wrong, unless they may quote the user and password of a proxy.
std::string_view CurlTransfer::reason_of(CURLcode code) const {
  const std::string_view reason(reason_.data());
  return reason.empty() || reason.find('@') != reason.npos ? curl_easy_strerror(code) : reason;
}

std::pair<ErrorKind, std::string> CurlTransfer::explain(CURLcode code) const {
  if (too_long_) {
    return {ErrorKind::kMalformed, fmt::format("the reply is longer than {} bytes", request_.max_response_bytes)};
  }
  if (refused_repeat_) return {ErrorKind::kUnknownOutcome, "the connection was closed before a reply came"};
  if (too_late_ && attempts_ == 0) return {ErrorKind::kTimeout, "the deadline passed before the request was sent"};
  if (code == CURLE_BAD_CONTENT_ENCODING) return {ErrorKind::kMalformed, "the reply cannot be decompressed"};
  if (attempts_ == 0) return explain_unsent(code);
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return {ErrorKind::kUnknownOutcome, "the deadline passed before the whole reply came"};
  }
  return {ErrorKind::kUnknownOutcome, std::string(reason_of(code))};
}

std::pair<ErrorKind, std::string> CurlTransfer::explain_unsent(CURLcode code) const {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      if (clock_->now() >= deadline_) return {ErrorKind::kTimeout, "the deadline passed before a connection stood"};
      return {ErrorKind::kUnavailable, "cannot connect in time; is the address right and reachable?"};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return {ErrorKind::kInvalid, "not a usable http:// or https:// URL"};
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_CIPHER:
    case CURLE_NOT_BUILT_IN:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return {ErrorKind::kInvalid, fmt::format("the TLS settings cannot be used: {}", reason_of(code))};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ErrorKind::kUnavailable, fmt::format("TLS handshake failed: {}", reason_of(code))};
    default: return {ErrorKind::kUnavailable, std::string(reason_of(code))};
  }
}

std::unexpected<Error> CurlTransfer::failure(ErrorKind kind, std::string_view why) const {
  return fail(kind, fmt::format("{} {}: {}", is_token(request_.method) ? request_.method : "?",
                                printable_url(request_.url), why));
}

}  // namespace fas::net
