// A source that many ask: who asks what is being asked already waits for that answer, and an answer may be used again
// for a while.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/duration.h"
#include "metrics/source.h"
#include "net/event.h"

namespace fas::metrics {

class SharedSource final : public Source {
 public:
  // `per_app`: the answer depends on the app. `cache`: how long an answer is used again; 0: not at all. An error is
  // never kept. A kept answer counts as fresh however many news there have been: it is kept because somebody wants it
  // so. `clock` and the executor's loop outlive the source.
  SharedSource(std::unique_ptr<Source> source, boost::asio::any_io_executor executor, Clock& clock, bool per_app,
               Duration cache);

  boost::asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override;

 private:
  struct Call {
    Call(const boost::asio::any_io_executor& executor, TimePoint now) : done(executor), begun(now) {}
    net::Event done;
    TimePoint begun;
    std::optional<Result<Sample>> answer;  // none: who asked was cancelled
  };
  struct Kept {
    Sample sample;
    TimePoint until;
  };
  using Calls = std::map<std::string, std::shared_ptr<Call>, std::less<>>;
  class Asking;

  const Sample* kept(const std::string& key) const;
  void keep(const std::string& key, const Sample& sample);

  std::unique_ptr<Source> source_;
  boost::asio::any_io_executor executor_;
  Clock& clock_;
  bool per_app_;
  Duration cache_;
  std::shared_ptr<Calls> under_way_ = std::make_shared<Calls>();  // by app, or "" for all
  std::map<std::string, Kept, std::less<>> kept_;                 // likewise
};

}  // namespace fas::metrics
