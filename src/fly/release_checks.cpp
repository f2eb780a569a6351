#include "fly/release_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace fas::fly {

namespace asio = boost::asio;

struct ReleaseChecks::Question {
  Question(const asio::any_io_executor& executor, std::string name, Deadline until)
      : app(std::move(name)), deadline(until), news(executor) {}

  std::string app;
  Deadline deadline;
  net::Event news;  // there is an answer, or nobody asks for it any more, or it is the first that waits
  std::optional<Result<bool>> answer;
  bool asked = false;  // by a call under way
  bool given_up = false;
};

// A place among those who wait, given up however its coroutine ends.
class ReleaseChecks::Place {
 public:
  Place(ReleaseChecks& checks, std::shared_ptr<Question> question) : checks_(checks), question_(std::move(question)) {
    checks_.waiting_.push_back(question_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    question_->given_up = true;
    if (std::erase(checks_.waiting_, question_) > 0) checks_.wake_next();
  }

 private:
  ReleaseChecks& checks_;
  std::shared_ptr<Question> question_;
};

// One call for the first of those who wait. Who has no answer when it ends, waits again.
class ReleaseChecks::Call {
 public:
  Call(ReleaseChecks& checks, Deadline deadline) : checks_(checks), deadline_(deadline) {
    ++checks_.under_way_;
    std::deque<std::shared_ptr<Question>>& waiting = checks_.waiting_;
    const auto end = waiting.begin() + static_cast<std::ptrdiff_t>(std::min(waiting.size(), kTogether));
    questions_.assign(waiting.begin(), end);
    waiting.erase(waiting.begin(), end);
    for (const auto& question : questions_) question->asked = true;
    checks_.wake_next();  // there may be more of them, and room for another call
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    --checks_.under_way_;
    for (auto it = questions_.rbegin(); it != questions_.rend(); ++it) {
      (*it)->asked = false;
      if (!(*it)->answer && !(*it)->given_up) checks_.waiting_.push_front(*it);
      (*it)->news.notify();
    }
    checks_.wake_next();
  }

  std::vector<std::string> apps() const {
    std::vector<std::string> names;
    names.reserve(questions_.size());
    for (const auto& question : questions_) names.push_back(question->app);
    return names;
  }

  void answer(Answers answers) {
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      const bool out_of_time = !answers[i] && answers[i].error().kind == ErrorKind::kTimeout;
      const bool has_more_time = questions_[i]->deadline > deadline_;
      if (!out_of_time || !has_more_time) questions_[i]->answer = std::move(answers[i]);
    }
  }

 private:
  ReleaseChecks& checks_;
  Deadline deadline_;
  std::vector<std::shared_ptr<Question>> questions_;
};

asio::awaitable<Result<bool>> ReleaseChecks::in_progress(std::string app, Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto question = std::make_shared<Question>(executor, std::move(app), deadline);
  const Place place(*this, question);
  while (!question->answer) {
    if (clock_.now() >= deadline) {
      co_return fail(ErrorKind::kTimeout, fmt::format("app {}: current release: not answered in time", question->app));
    }
    if (!question->asked && under_way_ < kSideBySide) {
      Call call(*this, deadline);
      std::vector<std::string> apps = call.apps();
      Answers answers = co_await ask_(std::move(apps), deadline);
      call.answer(std::move(answers));
    } else {
      question->news.clear();
      co_await (question->news.wait() || clock_.sleep_until(deadline));
    }
  }
  co_return std::move(*question->answer);
}

void ReleaseChecks::wake_next() {
  if (under_way_ < kSideBySide && !waiting_.empty()) waiting_.front()->news.notify();
}

}  // namespace fas::fly
