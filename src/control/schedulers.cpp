#include "control/schedulers.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>

#include "net/ask.h"
#include "net/gather.h"

namespace fas::control {

namespace asio = boost::asio;

namespace {

// Every loop comes round within milliseconds; one that does not is stuck.
constexpr std::chrono::seconds kPatience{1};

template <class T>
using Asked = std::function<asio::awaitable<Result<T>>(Scheduler&)>;

}  // namespace

Schedulers::Schedulers(asio::any_io_executor executor, Clock& clock, Scheduler& here, History& history)
    : executor_(std::move(executor)), clock_(clock), here_(here), history_(history) {}

// ---- From loop to loop ----------------------------------------------------------------------------------------------

Worker* Schedulers::worker_of(std::string_view name) const {
  const std::size_t loop = std::hash<std::string_view>{}(name) % (workers_.size() + 1);
  return loop == 0 ? nullptr : workers_[loop - 1].get();
}

void Schedulers::on(Worker* worker, std::function<void(Scheduler&)> what) {
  if (worker == nullptr) return what(here_);
  asio::post(worker->executor(), [worker, what = std::move(what)] { what(worker->scheduler()); });
}

template <class T>
asio::awaitable<Result<T>> Schedulers::ask(Worker* worker, Deadline deadline, Asked<T> what) {
  if (worker == nullptr) {
    Result<T> result = co_await what(here_);
    co_return result;
  }
  net::Work<T> work = [worker, what = std::move(what)] { return what(worker->scheduler()); };
  Result<T> result = co_await net::ask<T>(worker->executor(), clock_, deadline, std::move(work));
  co_return result;
}

// ---- All of them ----------------------------------------------------------------------------------------------------

asio::awaitable<void> Schedulers::run(Duration grace) {
  const Asked<bool> run_one = [grace](Scheduler& scheduler) -> asio::awaitable<Result<bool>> {
    co_await scheduler.run(grace);
    co_return true;
  };
  for (const auto& worker : workers_) worker->start();
  std::vector<asio::awaitable<Result<bool>>> running;
  running.push_back(ask<bool>(nullptr, TimePoint::max(), run_one));
  for (const auto& worker : workers_) running.push_back(ask<bool>(worker.get(), TimePoint::max(), run_one));
  co_await net::gather(std::move(running));
}

void Schedulers::stop() {
  here_.stop();
  for (const auto& worker : workers_) {
    on(worker.get(), [](Scheduler& scheduler) { scheduler.stop(); });
  }
}

asio::awaitable<Result<void>> Schedulers::replace(std::shared_ptr<Setup> setup) {
  // As long as a file of certificates on a slow disk may take.
  const Deadline deadline = clock_.now() + std::chrono::seconds(10);
  for (const auto& each : workers_) {
    net::Work<bool> prepare = [worker = each.get(), config = setup->config]() -> asio::awaitable<Result<bool>> {
      Result<void> made = worker->prepare(config);
      if (!made) co_return std::unexpected(std::move(made.error()));
      co_return true;
    };
    Result<bool> made = co_await net::ask<bool>(each->executor(), clock_, deadline, std::move(prepare));
    if (!made) co_return std::unexpected(std::move(made.error()));
  }
  for (const auto& worker : workers_) {
    asio::post(worker->executor(), [worker = worker.get()] { worker->take_over(); });
  }
  here_.replace(std::move(setup));
  ++generation_;
  co_return Result<void>{};
}

asio::awaitable<Pulse> Schedulers::pulse() {
  const Asked<Pulse> feel = [](Scheduler& scheduler) -> asio::awaitable<Result<Pulse>> {
    co_return Pulse{.behind = scheduler.behind(), .falling_behind = scheduler.falling_behind()};
  };
  std::vector<asio::awaitable<Result<Pulse>>> asked;
  const Deadline deadline = clock_.now() + kPatience;
  asked.push_back(ask<Pulse>(nullptr, deadline, feel));
  for (const auto& worker : workers_) asked.push_back(ask<Pulse>(worker.get(), deadline, feel));
  const std::vector<Result<Pulse>> pulses = co_await net::gather(std::move(asked));
  Pulse all;
  for (const Result<Pulse>& pulse : pulses) {
    if (!pulse) {
      ++all.silent;
      continue;
    }
    all.behind = std::max(all.behind, pulse->behind);
    all.falling_behind |= pulse->falling_behind;
  }
  co_return all;
}

// ---- One app --------------------------------------------------------------------------------------------------------

void Schedulers::set_apps(const std::vector<std::string>& names) {
  const std::set<std::string_view> wanted(names.begin(), names.end());
  std::vector<std::string> unwanted;
  for (const std::string& name : names_) {
    if (!wanted.contains(name)) unwanted.push_back(name);
  }
  for (const std::string& name : unwanted) remove(name);
  for (const std::string& name : names) add(name);
}

void Schedulers::add(const std::string& name, std::shared_ptr<const Tenure> tenure) {
  if (!names_.insert(name).second) return;
  ++generation_;
  Worker* worker = worker_of(name);
  if (worker == nullptr) return here_.add(name, std::move(tenure));
  ending_.erase(name);
  asio::post(worker->executor(), [worker, name, memory = history_.memory(name), tenure = std::move(tenure)]() mutable {
    worker->add(name, std::move(memory), std::move(tenure));
  });
}

void Schedulers::remove(const std::string& name, std::function<void()> ended) {
  if (names_.erase(name) > 0) ++generation_;
  Worker* worker = worker_of(name);
  if (worker == nullptr) return here_.remove(name, std::move(ended));
  const std::uint64_t removal = ++removals_;
  ending_[name] = {removal, std::move(ended)};
  auto tell = [this, name, removal] {
    asio::post(executor_, [this, name, removal] {
      const auto found = ending_.find(name);
      if (found == ending_.end() || found->second.first != removal) return;  // it has come back since
      const std::function<void()> told = std::move(found->second.second);
      ending_.erase(found);
      if (told) told();
    });
  };
  asio::post(worker->executor(), [worker, name, tell = std::move(tell)]() mutable { worker->remove(name, tell); });
}

void Schedulers::cancel(const std::string& name) {
  on(worker_of(name), [name](Scheduler& scheduler) { scheduler.cancel(name); });
}

bool Schedulers::tick_now(std::string_view name) {
  if (!names_.contains(name)) return false;
  on(worker_of(name), [name = std::string(name)](Scheduler& scheduler) { scheduler.tick_now(name); });
  return true;
}

void Schedulers::wake(std::string_view name, std::string_view source) {
  on(worker_of(name),
     [name = std::string(name), source = std::string(source)](Scheduler& scheduler) { scheduler.wake(name, source); });
}

asio::awaitable<Result<WakeResult>> Schedulers::try_wake(std::string name, std::string source) {
  Worker* worker = worker_of(name);
  Asked<WakeResult> wake = [name = std::move(name),
                            source = std::move(source)](Scheduler& scheduler) -> asio::awaitable<Result<WakeResult>> {
    co_return scheduler.wake(name, source);
  };
  Result<WakeResult> result = co_await ask<WakeResult>(worker, clock_.now() + kPatience, std::move(wake));
  co_return result;
}

asio::awaitable<Result<bool>> Schedulers::set_hand(std::string name, std::optional<scale::Hand> hand) {
  Worker* worker = worker_of(name);
  Asked<bool> set = [name = std::move(name),
                     hand = std::move(hand)](Scheduler& scheduler) -> asio::awaitable<Result<bool>> {
    co_return scheduler.set_hand(name, hand);
  };
  Result<bool> result = co_await ask<bool>(worker, clock_.now() + kPatience, std::move(set));
  co_return result;
}

asio::awaitable<Result<scale::Decision>> Schedulers::look(std::string name, Deadline deadline) {
  Worker* worker = worker_of(name);
  Asked<scale::Decision> look = [name = std::move(name), deadline](Scheduler& scheduler) {
    return scheduler.look(name, deadline);
  };
  Result<scale::Decision> decision = co_await ask<scale::Decision>(worker, deadline + kPatience, std::move(look));
  co_return decision;
}

}  // namespace fas::control
