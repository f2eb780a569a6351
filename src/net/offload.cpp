#include "net/offload.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "net/event.h"

namespace fas::net {

namespace asio = boost::asio;

// The thread may outlive its Offload, and then touches nothing else any more.
struct Offload::Shared {
  // Of the waiting coroutine; only the loop's thread owns it, since the event belongs to the loop.
  struct Waiter {
    explicit Waiter(asio::io_context& loop) : event(loop.get_executor()) {}
    Event event;
    bool done = false;
  };
  struct Job {
    Work work;
    std::stop_source stop;
    std::weak_ptr<Waiter> waiter;
  };

  std::mutex mutex;
  std::condition_variable changed;
  asio::io_context* loop;  // null once the Offload is gone
  std::deque<Job> queue;
  std::stop_source running;
  bool started = false;
  bool ended = false;

  static void serve(const std::shared_ptr<Shared>& self) {
    std::unique_lock lock(self->mutex);
    for (;;) {
      self->changed.wait(lock, [&] { return self->loop == nullptr || !self->queue.empty(); });
      if (self->loop == nullptr) break;
      Job job = std::move(self->queue.front());
      self->queue.pop_front();
      self->running = job.stop;
      if (job.stop.stop_requested()) continue;
      lock.unlock();
      job.work(job.stop.get_token());
      job.work = nullptr;
      lock.lock();
      if (self->loop == nullptr) break;
      asio::post(*self->loop, [waiter = std::move(job.waiter)] {
        if (const std::shared_ptr<Waiter> still_there = waiter.lock()) {
          still_there->done = true;
          still_there->event.notify();
        }
      });
    }
    self->ended = true;
    self->changed.notify_all();
  }
};

Offload::Offload(asio::io_context& loop, Clock& clock)
    : loop_(loop), clock_(clock), shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
}

Offload::~Offload() {
  std::stop_source running;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->loop = nullptr;
    shared_->queue.clear();
    running = shared_->running;
  }
  shared_->changed.notify_all();
  running.request_stop();
  std::unique_lock lock(shared_->mutex);
  if (!shared_->started) return;
  shared_->changed.wait_for(lock, std::chrono::seconds(1), [&] { return shared_->ended; });
}

asio::awaitable<bool> Offload::run_work(Work work, Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  struct StopAtEnd {
    ~StopAtEnd() { source.request_stop(); }
    std::stop_source source;
  };
  StopAtEnd stop;
  const auto waiter = std::make_shared<Shared::Waiter>(loop_);
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->queue.push_back({.work = std::move(work), .stop = stop.source, .waiter = waiter});
    if (!shared_->started) std::thread([shared = shared_] { Shared::serve(shared); }).detach();
    shared_->started = true;
  }
  shared_->changed.notify_all();
  if (clock_.now() < deadline) co_await (waiter->event.wait() || clock_.sleep_until(deadline));
  co_return waiter->done;
}

}  // namespace fas::net
