#include "metrics/shared_source.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

namespace fas::metrics {

namespace asio = boost::asio;

// A call for a key that is under way, and the one to wait for unless a later one has taken its place. Ends with its
// scope, however its coroutine ends, and wakes who waits.
class SharedSource::Asking {
 public:
  Asking(std::shared_ptr<Calls> calls, std::string key, std::shared_ptr<Call> call)
      : calls_(std::move(calls)), key_(std::move(key)), call_(std::move(call)) {
    calls_->insert_or_assign(key_, call_);
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() {
    if (const auto found = calls_->find(key_); found != calls_->end() && found->second == call_) calls_->erase(found);
    call_->done.notify();
  }
  void answer(const Result<Sample>& sample) { call_->answer = sample; }

 private:
  std::shared_ptr<Calls> calls_;
  std::string key_;
  std::shared_ptr<Call> call_;
};

SharedSource::SharedSource(std::unique_ptr<Source> source, asio::any_io_executor executor, Clock& clock, bool per_app,
                           Duration cache)
    : source_(std::move(source)), executor_(std::move(executor)), clock_(clock), per_app_(per_app), cache_(cache) {}

asio::awaitable<Result<Sample>> SharedSource::collect(Query query, Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  const std::string key = per_app_ ? query.app : std::string();
  for (;;) {
    if (const Sample* sample = kept(key)) co_return *sample;
    const auto found = under_way_->find(key);
    // That answer may be from before the news that this question is about.
    if (found == under_way_->end() || found->second->begun < query.fresh_from) break;
    const std::shared_ptr<Call> call = found->second;
    co_await (call->done.wait() || clock_.sleep_until(deadline));
    if (clock_.now() >= deadline && !call->answer) {
      co_return fail(ErrorKind::kTimeout, "an equal question that is under way was not answered in time");
    }
    // Who asked may have had less time than there is here.
    const bool gave_up = !call->answer || (!*call->answer && call->answer->error().kind == ErrorKind::kTimeout);
    if (!gave_up || clock_.now() >= deadline) co_return *call->answer;
  }
  Asking asking(under_way_, key, std::make_shared<Call>(executor_, clock_.now()));
  Result<Sample> sample = co_await source_->collect(std::move(query), deadline);
  asking.answer(sample);
  if (sample && cache_.count() > 0) keep(key, *sample);
  co_return sample;
}

const Sample* SharedSource::kept(const std::string& key) const {
  const auto found = kept_.find(key);
  return found != kept_.end() && clock_.now() < found->second.until ? &found->second.sample : nullptr;
}

void SharedSource::keep(const std::string& key, const Sample& sample) {
  const TimePoint now = clock_.now();
  constexpr std::size_t kSweep = 1024;  // apps come and go
  if (kept_.size() >= kSweep) std::erase_if(kept_, [now](const auto& entry) { return now >= entry.second.until; });
  kept_.insert_or_assign(key, Kept{.sample = sample, .until = now + cache_});
}

}  // namespace fas::metrics
