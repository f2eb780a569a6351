// How numbers are shown.
#include "backtest/report.h"

#include <gtest/gtest.h>

#include "backtest/table.h"

namespace fas::backtest {
namespace {

TEST(Report, Texts) {
  EXPECT_EQ(number_text(3), "3");
  EXPECT_EQ(number_text(3.14159), "3.14");
  EXPECT_EQ(number_text(314.159), "314.2");
  EXPECT_EQ(number_text(31415.9), "31416");
  EXPECT_EQ(wait_text(0), "0s");
  EXPECT_EQ(wait_text(0.0424), "42ms");
  EXPECT_EQ(wait_text(12.34), "12.3s");
  EXPECT_EQ(wait_text(125), "2m05s");
  EXPECT_EQ(wait_text(3725), "1h02m");
  EXPECT_EQ(share_text(0), "0.00%");
  EXPECT_EQ(share_text(0.00001), "<0.01%");
  EXPECT_EQ(share_text(0.0123), "1.23%");
  EXPECT_EQ(share_text(0.5), "50.0%");
  EXPECT_EQ(span_text(std::chrono::hours(24 * 6 + 23) + std::chrono::minutes(55)), "6d 23h 55m");
  EXPECT_EQ(span_text(std::chrono::hours(48)), "2d");
  EXPECT_EQ(span_text(std::chrono::seconds(45)), "45s");
  EXPECT_EQ(span_text(Duration{0}), "0s");
}

TEST(Table, LeavesOutWhatNobodyKnows) {
  Report report;
  report.policies.push_back({.name = "open", .machine_hours = 2});
  const Table open = policy_table(report);
  EXPECT_EQ(open.columns, (std::vector<std::string>{"policy", "machine-hours", "peak", "events"}));
  report.price = 1;
  report.policies.push_back({.name = "closed", .closed = true});
  report.policies.back().slo = 0.5;
  const Table both = policy_table(report);
  EXPECT_EQ(both.columns, (std::vector<std::string>{"policy", "machine-hours", "cost", "peak", "events", "over SLO"}));
  EXPECT_EQ(both.rows[0].cells.back(), "-");
  EXPECT_EQ(both.rows[1].cells.back(), "50.0%");
}

}  // namespace
}  // namespace fas::backtest
