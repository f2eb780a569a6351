// From a loop of apps to the history of another loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/history.h"

namespace fas::control {

class PostedHistory final : public History {
 public:
  // `history` is of the loop `there`, and outlives all that is posted. `clock` is of this loop.
  PostedHistory(boost::asio::any_io_executor there, History& history, Clock& clock)
      : there_(std::move(there)), history_(history), clock_(clock), lasting_(history.lasting()) {}

  // What the history has of an app that is about to be looked after here, for memory(), which knows of no other.
  // Empty: nothing, or it is looked after here no more.
  void hand_over(const std::string& app, std::string memory);

  bool lasting() const override { return lasting_; }
  void append(HistoryRecord record) override;
  void remember(const std::string& app, std::string memory) override;
  void sample(const std::string& app, const scale::Decision& decision) override;
  boost::asio::awaitable<bool> flushed(Deadline deadline) override;
  boost::asio::awaitable<Result<scale::Samples>> samples(SampleQuery query) override;
  boost::asio::awaitable<Result<std::vector<HistoryRecord>>> read(HistoryQuery query) override;
  std::string memory(const std::string& app) const override;

 private:
  boost::asio::any_io_executor there_;
  History& history_;
  Clock& clock_;
  bool lasting_;
  std::map<std::string, std::string, std::less<>> memories_;
};

}  // namespace fas::control
