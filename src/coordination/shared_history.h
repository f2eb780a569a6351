// A history whose memories of apps go with the apps from member to member; all else of it stays this process's own.
#pragma once

#include <string>
#include <vector>

#include "control/history.h"
#include "coordination/membership.h"

namespace fas::coordination {

class SharedHistory final : public control::History {
 public:
  // Both outlive it. What `local` remembered of apps before the group was joined is not looked at.
  SharedHistory(control::History& local, Membership& membership) : local_(local), membership_(membership) {}

  void append(control::HistoryRecord record) override { local_.append(std::move(record)); }
  void sample(const std::string& app, const scale::Decision& decision) override { local_.sample(app, decision); }
  boost::asio::awaitable<Result<scale::Samples>> samples(control::SampleQuery query) override {
    return local_.samples(std::move(query));
  }
  boost::asio::awaitable<Result<std::vector<control::HistoryRecord>>> read(control::HistoryQuery query) override {
    return local_.read(std::move(query));
  }

  // Survives this process in the engine: of the memories, that is what the next owner needs.
  bool lasting() const override { return true; }
  void remember(const std::string& app, std::string memory) override { membership_.remember(app, std::move(memory)); }
  std::string memory(const std::string& app) const override { return membership_.memory(app); }
  boost::asio::awaitable<bool> flushed(Deadline deadline) override { return membership_.flushed(deadline); }

 private:
  control::History& local_;
  Membership& membership_;
};

}  // namespace fas::coordination
