// For C libraries whose calls block: a thread of one's own that runs them, and coroutines that wait for it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/clock.h"
#include "base/error.h"

namespace fas::net {

// One thread, made for the first job; jobs run one after the other, in the order of run(). On the loop's thread.
class Offload {
 public:
  Offload(boost::asio::io_context& loop, Clock& clock);
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;
  // Asks the running job to stop, and waits for it for a second at most: a job must own all that it uses.
  ~Offload();

  // The job's result; kTimeout at the deadline, whatever the job does. At the deadline, and when the caller is
  // cancelled, the job is asked to stop by its token (a std::stop_callback then runs on the loop's thread); one that
  // has not begun does not begin. Jobs do not throw.
  template <class T>
  boost::asio::awaitable<Result<T>> run(std::function<Result<T>(std::stop_token)> job, Deadline deadline) {
    auto result = std::make_shared<std::optional<Result<T>>>();
    Work work = [job = std::move(job), result](std::stop_token stop) { result->emplace(job(std::move(stop))); };
    const bool done = co_await run_work(std::move(work), deadline);
    if (!done) co_return fail(ErrorKind::kTimeout, "the deadline passed before the answer came");
    if (!*result) co_return fail(ErrorKind::kInternal, "the call ended without a result");
    co_return std::move(**result);
  }

 private:
  using Work = std::function<void(std::stop_token)>;
  struct Shared;

  boost::asio::awaitable<bool> run_work(Work work, Deadline deadline);

  boost::asio::io_context& loop_;
  Clock& clock_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace fas::net
