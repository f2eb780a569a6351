// Axes, lines, and pages that are well-formed.
#include "backtest/plot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "backtest/pictures.h"
#include "tests/backtest/xml.h"

namespace fas::backtest {
namespace {

std::string labels(AxisKind kind, double low, double high, int most) {
  std::string text;
  for (const Mark& mark : axis_marks(kind, low, high, most)) text += (text.empty() ? "" : " ") + mark.label;
  return text;
}

TEST(AxisMarks, AreRound) {
  EXPECT_EQ(labels(AxisKind::kNumber, 0, 100, 5), "0 20 40 60 80 100");
  EXPECT_EQ(labels(AxisKind::kNumber, 0, 7, 8), "0 1 2 3 4 5 6 7");
  EXPECT_EQ(labels(AxisKind::kNumber, 0, 0.9, 4), "0 0.5");
  EXPECT_EQ(labels(AxisKind::kNumber, 0, 45'000, 5), "0 10k 20k 30k 40k");
  EXPECT_EQ(labels(AxisKind::kNumber, 0, 3e6, 3), "0 1M 2M 3M");
  EXPECT_EQ(labels(AxisKind::kDuration, 0, 200, 5), "0 1m 2m 3m");
  EXPECT_EQ(labels(AxisKind::kDuration, 0, 4, 4), "0 1s 2s 3s 4s");
  EXPECT_EQ(labels(AxisKind::kDuration, 0, 0.2, 4), "0 50ms 100ms 150ms 200ms");
  EXPECT_EQ(labels(AxisKind::kTime, 1'795'478'400, 1'795'478'400 + 86'400, 9),
            "Nov 24 03:00 06:00 09:00 12:00 15:00 18:00 21:00 Nov 25");
  EXPECT_EQ(labels(AxisKind::kTime, 1'795'478'400, 1'795'478'400 + 7 * 86'400.0, 9).substr(0, 13), "Nov 24 Nov 25");
}

TEST(AxisMarks, NeverMoreThanThereIsRoomForWhateverTheRange) {
  for (const AxisKind kind : {AxisKind::kNumber, AxisKind::kDuration, AxisKind::kTime}) {
    for (double range = 1e-6; range < 1e12; range *= 3.7) {
      const auto marks = axis_marks(kind, 0, range, 9);
      EXPECT_LE(marks.size(), 11U) << range;
      EXPECT_GE(marks.size(), 2U) << range;
    }
  }
}

TEST(ThinOut, KeepsThePeaks) {
  std::vector<float> values(100'000, 1.0F);
  std::vector<double> times(values.size());
  for (std::size_t i = 0; i < times.size(); ++i) times[i] = static_cast<double>(i);
  values[34'567] = 99;
  values[70'001] = -5;
  for (std::size_t i = 50'000; i < 51'000; ++i) values[i] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Point> points = thin_out(values, times, 500);
  EXPECT_LE(points.size(), 1000U);
  const auto has = [&](double x, double y) {
    return std::ranges::any_of(points, [&](const Point& point) { return point.x == x && point.y == y; });
  };
  EXPECT_TRUE(has(34'567, 99));
  EXPECT_TRUE(has(70'001, -5));
  EXPECT_TRUE(std::ranges::any_of(points, [](const Point& point) { return std::isnan(point.y); })) << "a gap";
  EXPECT_TRUE(std::ranges::is_sorted(points, {}, &Point::x));
}

Report report_of(std::size_t ticks, bool closed) {
  Report report{.app = "a <b> & \"c\"",
                .source = "week.csv",
                .begin = WallTime(std::chrono::seconds(1'795'478'400)),
                .end = WallTime(std::chrono::seconds(1'795'478'400 + 15 * static_cast<long>(ticks))),
                .step = std::chrono::seconds(15),
                .ticks = ticks,
                .closed = closed,
                .price = 0.01,
                .metric = "queue_depth",
                .notes = {"a note with <angles>"}};
  for (const char* name : {"fas", "x & y", "fixed 10"}) {
    Outline outline{.name = name, .closed = closed, .hours = 1, .machine_hours = 10, .cost = 0.1, .peak = 5};
    if (closed) {
      outline.wait_p50 = outline.wait_p95 = outline.wait_max = 12;
      outline.slo = 0.02;
    }
    for (std::size_t i = 0; i < ticks; ++i) {
      outline.trace.running.push_back(static_cast<float>(i % 7));
      outline.trace.depth.push_back(i % 50 == 0 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(i % 90));
    }
    report.policies.push_back(std::move(outline));
  }
  for (std::size_t i = 0; i < ticks; ++i) report.times.push_back(1'795'478'400 + 15.0 * static_cast<double>(i));
  return report;
}

void add_sweep(Report& report) {
  for (int i = 1; i <= 40; ++i) {
    Outline outline{.name = "per=" + std::to_string(i), .closed = true, .machine_hours = 100.0 / i, .cost = 1.0 / i};
    outline.wait_p95 = i * i;
    report.sweep.push_back({.constants = {{"per", i}}, .outline = outline, .front = i % 3 != 0});
  }
}

TEST(Pictures, AreWellFormed) {
  for (const std::size_t ticks : {1, 2, 300, 5000}) {
    for (const bool closed : {true, false}) {
      Report report = report_of(ticks, closed);
      EXPECT_EQ(XmlCheck::problem(svg_of(report)), "") << ticks;
      EXPECT_EQ(XmlCheck::problem(html_of(report)), "") << ticks;
      add_sweep(report);
      EXPECT_EQ(XmlCheck::problem(svg_of(report)), "") << ticks;
      EXPECT_EQ(XmlCheck::problem(html_of(report)), "") << ticks;
    }
  }
  EXPECT_EQ(XmlCheck::problem(html_of(Report{})), "");
  EXPECT_NE(XmlCheck::problem("<a><b></a>"), "") << "the check can fail";
  EXPECT_NE(XmlCheck::problem("<a b=\"1\" b=\"2\"></a>"), "");
}

TEST(Pictures, NeedNothingFromElsewhereAndRunNothing) {
  Report report = report_of(300, true);
  add_sweep(report);
  for (const std::string& text : {svg_of(report), html_of(report)}) {
    EXPECT_EQ(text.find("<script"), std::string::npos);
    EXPECT_EQ(text.find("href"), std::string::npos);
    EXPECT_EQ(text.find("url("), std::string::npos);
    EXPECT_EQ(text.find("nan"), std::string::npos);
    EXPECT_NE(text.find("prefers-color-scheme:dark"), std::string::npos);
    EXPECT_NE(text.find("per=1<"), std::string::npos) << "the front is labelled";
  }
}

}  // namespace
}  // namespace fas::backtest
