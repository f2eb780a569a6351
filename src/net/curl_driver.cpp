#include "net/curl_driver.h"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "net/curl_transfer.h"

namespace fas::net {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
constexpr std::size_t kSpareHandles = 256;
constexpr long kCachedConnections = 1024;
constexpr int kEventsAtOnce = 64;

void initialise_curl() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  static_cast<void>(done);
}

CURLM* make_multi() {
  initialise_curl();
  return curl_multi_init();
}

}  // namespace

CurlDriver::CurlDriver(boost::asio::io_context& loop, const CurlOptions& options)
    : epoll_(loop, ::epoll_create1(EPOLL_CLOEXEC)),
      timer_(loop),
      multi_(make_multi()),
      due_(SteadyTime::max()),
      armed_(SteadyTime::max()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlDriver::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlDriver::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, options.max_connections_per_host);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kCachedConnections);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
}

CurlDriver::~CurlDriver() {
  close();
  spare_.clear();
  curl_multi_cleanup(multi_);
}

CurlEasy CurlDriver::take_easy() {
  if (spare_.empty()) return CurlEasy(curl_easy_init());
  CurlEasy handle = std::move(spare_.back());
  spare_.pop_back();
  return handle;
}

void CurlDriver::give_back(CurlEasy handle) {
  if (closed_ || spare_.size() >= kSpareHandles) return;
  curl_easy_reset(handle.get());
  spare_.push_back(std::move(handle));
}

bool CurlDriver::start(CurlTransfer& transfer) {
  if (curl_multi_add_handle(multi_, transfer.easy()) != CURLM_OK) return false;
  active_.insert(&transfer);
  watch();
  return true;
}

void CurlDriver::stop(CurlTransfer& transfer) {
  if (active_.erase(&transfer) == 0) return;
  curl_multi_remove_handle(multi_, transfer.easy());
  rest_if_idle();
}

void CurlDriver::close() {
  closed_ = true;
  while (!active_.empty()) {
    CurlTransfer& transfer = **active_.begin();
    stop(transfer);
    transfer.abandon();
  }
}

int CurlDriver::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*known*/) {
  auto& driver = *static_cast<CurlDriver*>(self);
  const int set = driver.epoll_.native_handle();
  if (what == CURL_POLL_REMOVE) {
    ::epoll_ctl(set, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) event.events |= EPOLLIN;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) event.events |= EPOLLOUT;
  event.data.fd = socket;
  if (::epoll_ctl(set, EPOLL_CTL_ADD, socket, &event) != 0 && errno == EEXIST) {
    ::epoll_ctl(set, EPOLL_CTL_MOD, socket, &event);
  }
  return 0;
}

int CurlDriver::on_timer(CURLM* /*multi*/, long timeout_ms, void* self) {
  auto& driver = *static_cast<CurlDriver*>(self);
  if (timeout_ms < 0) {
    driver.due_ = SteadyTime::max();
  } else if (timeout_ms == 0) {
    driver.due_ = SteadyTime::max();
    driver.kick();
  } else {
    driver.arm_timer(std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms));
  }
  return 0;
}

void CurlDriver::watch() {
  if (watching_) return;
  watching_ = true;
  epoll_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                    [weak = weak_from_this()](const boost::system::error_code& error) {
                      const std::shared_ptr<CurlDriver> self = weak.lock();
                      if (!self) return;
                      self->watching_ = false;
                      if (!error) self->handle_events();
                      if (!self->active_.empty()) self->watch();
                    });
}

void CurlDriver::handle_events() {
  std::array<epoll_event, kEventsAtOnce> events;
  const int count = ::epoll_wait(epoll_.native_handle(), events.data(), kEventsAtOnce, 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    int what = 0;
    if ((event.events & EPOLLIN) != 0) what |= CURL_CSELECT_IN;
    if ((event.events & EPOLLOUT) != 0) what |= CURL_CSELECT_OUT;
    if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) what |= CURL_CSELECT_ERR;
    act(event.data.fd, what);
  }
  finish_done();
}

// A timer that is due at once, which every new transfer begins with, without the cost of one.
void CurlDriver::kick() {
  if (kicked_) return;
  kicked_ = true;
  boost::asio::post(epoll_.get_executor(), [weak = weak_from_this()] {
    const std::shared_ptr<CurlDriver> self = weak.lock();
    if (!self) return;
    self->kicked_ = false;
    self->act(CURL_SOCKET_TIMEOUT, 0);
    self->finish_done();
  });
}

// The timer is moved only to fire earlier. libcurl sets a new time with nearly every call and mostly a later one, for
// which the early firing is enough to arm it anew.
void CurlDriver::arm_timer(SteadyTime when) {
  due_ = when;
  if (armed_ <= when) return;
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const std::shared_ptr<CurlDriver> self = weak.lock();
    if (self && !error) self->handle_timer();
  });
}

void CurlDriver::handle_timer() {
  armed_ = SteadyTime::max();
  if (due_ == SteadyTime::max()) return;
  // Too early a call would make libcurl forget the time it asked for.
  if (std::chrono::steady_clock::now() < due_) {
    arm_timer(due_);
    return;
  }
  due_ = SteadyTime::max();
  act(CURL_SOCKET_TIMEOUT, 0);
  finish_done();
}

void CurlDriver::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
}

void CurlDriver::finish_done() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    void* owner = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    auto& transfer = *static_cast<CurlTransfer*>(owner);
    active_.erase(&transfer);
    curl_multi_remove_handle(multi_, transfer.easy());
    transfer.finish(code);
  }
  rest_if_idle();
}

void CurlDriver::rest_if_idle() {
  if (!active_.empty()) return;
  if (watching_) epoll_.cancel();
  timer_.cancel();
  armed_ = SteadyTime::max();
}

}  // namespace fas::net
