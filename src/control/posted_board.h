// From a loop of apps to the board of another loop: what is told here is told there, in that order.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <string>
#include <utility>

#include "control/board.h"

namespace fas::control {

class PostedBoard final : public AppObserver {
 public:
  // The board is of the loop `there`, and outlives all that is told.
  PostedBoard(boost::asio::any_io_executor there, AppObserver& board) : there_(std::move(there)), board_(board) {}

  void known(const std::string& app) override {
    boost::asio::post(there_, [&board = board_, app] { board.known(app); });
  }
  void ticked(const std::string& app, TickReport report, bool policy_paused) override {
    report.decision.memory = {};
    boost::asio::post(there_, [&board = board_, app, report = std::move(report), policy_paused]() mutable {
      board.ticked(app, std::move(report), policy_paused);
    });
  }
  void recorded(const HistoryRecord& record) override {
    boost::asio::post(there_, [&board = board_, record] { board.recorded(record); });
  }
  void set_hand(const std::string& app, const std::optional<scale::Hand>& hand) override {
    boost::asio::post(there_, [&board = board_, app, hand] { board.set_hand(app, hand); });
  }
  void forget(const std::string& app) override {
    boost::asio::post(there_, [&board = board_, app] { board.forget(app); });
  }

 private:
  boost::asio::any_io_executor there_;
  AppObserver& board_;
};

}  // namespace fas::control
