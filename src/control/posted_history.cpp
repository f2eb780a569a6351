#include "control/posted_history.h"

#include <boost/asio/post.hpp>
#include <limits>
#include <utility>
#include <variant>

#include "net/ask.h"

namespace fas::control {

namespace asio = boost::asio;

namespace {

// What is asked of a history has a bound of its own there; this is for a loop that is stuck.
constexpr std::chrono::seconds kPatience{60};

// What becomes a sample of it, without what only the tick itself needs.
scale::Decision figures_of(const scale::Decision& decision) {
  scale::Decision figures;
  figures.at = decision.at;
  figures.current = decision.current;
  figures.targets = decision.targets;
  figures.observations.reserve(decision.observations.size());
  for (const scale::Observation& observation : decision.observations) {
    const double* number = observation.value ? std::get_if<double>(&*observation.value) : nullptr;
    figures.observations.push_back(
        {.metric = observation.metric, .value = number ? *number : std::numeric_limits<double>::quiet_NaN()});
  }
  return figures;
}

}  // namespace

void PostedHistory::hand_over(const std::string& app, std::string memory) {
  if (memory.empty()) {
    memories_.erase(app);
  } else {
    memories_.insert_or_assign(app, std::move(memory));
  }
}

void PostedHistory::append(HistoryRecord record) {
  asio::post(there_,
             [&history = history_, record = std::move(record)]() mutable { history.append(std::move(record)); });
}

void PostedHistory::remember(const std::string& app, std::string memory) {
  hand_over(app, memory);
  asio::post(there_, [&history = history_, app, memory = std::move(memory)]() mutable {
    history.remember(app, std::move(memory));
  });
}

void PostedHistory::sample(const std::string& app, const scale::Decision& decision) {
  asio::post(there_, [&history = history_, app, figures = figures_of(decision)] { history.sample(app, figures); });
}

asio::awaitable<bool> PostedHistory::flushed(Deadline deadline) {
  net::Work<bool> work = [&history = history_, deadline]() -> asio::awaitable<Result<bool>> {
    const bool safe = co_await history.flushed(deadline);
    co_return safe;
  };
  const Result<bool> safe = co_await net::ask(there_, clock_, deadline, std::move(work));
  co_return safe.value_or(false);
}

asio::awaitable<Result<scale::Samples>> PostedHistory::samples(SampleQuery query) {
  net::Work<scale::Samples> work = [&history = history_, query = std::move(query)] { return history.samples(query); };
  Result<scale::Samples> found = co_await net::ask(there_, clock_, clock_.now() + kPatience, std::move(work));
  co_return found;
}

asio::awaitable<Result<std::vector<HistoryRecord>>> PostedHistory::read(HistoryQuery query) {
  net::Work<std::vector<HistoryRecord>> work = [&history = history_, query = std::move(query)] {
    return history.read(query);
  };
  Result<std::vector<HistoryRecord>> found =
      co_await net::ask(there_, clock_, clock_.now() + kPatience, std::move(work));
  co_return found;
}

std::string PostedHistory::memory(const std::string& app) const {
  const auto found = memories_.find(app);
  return found == memories_.end() ? std::string() : found->second;
}

}  // namespace fas::control
