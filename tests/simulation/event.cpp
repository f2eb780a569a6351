#include "tests/simulation/event.h"

#include <fmt/format.h>

namespace fas::simulation {
namespace {

std::string what(const Event& event) {
  const auto machines = [&](std::string_view verb) { return fmt::format("others {} {} machines", verb, event.count); };
  switch (event.kind) {
    case EventKind::kMetricSet: return fmt::format("the metric is {}", event.value);
    case EventKind::kMetricRamp: return fmt::format("the metric moves to {}", event.value);
    case EventKind::kMetricNoise: return fmt::format("the metric has noise of {}", event.value);
    case EventKind::kMetricFails: return fmt::format("the metric fails (kind {})", event.count);
    case EventKind::kFault:
      return fmt::format("{} on {} with chance {:.2f}", sim::to_string(event.fault), event.action, event.rate);
    case EventKind::kUnreachable: return fmt::format("no connection with chance {:.2f}", event.rate);
    case EventKind::kLate:
      return fmt::format("requests late by up to {} s with chance {:.2f}", event.value, event.rate);
    case EventKind::kStaleList: return fmt::format("lists up to {} s old", event.value);
    case EventKind::kRelease: return "a release in progress";
    case EventKind::kCapacity: return fmt::format("room for {} machines in {}", event.count, event.action);
    case EventKind::kBootFailures: return fmt::format("starts fail with chance {:.2f}", event.rate);
    case EventKind::kHostDown: return "a machine's host does not answer";
    case EventKind::kOthersStart: return machines("start");
    case EventKind::kOthersStop: return machines("stop");
    case EventKind::kOthersDestroy: return machines("destroy");
    case EventKind::kOthersCreate: return machines("create");
    case EventKind::kOthersLease: return machines("lease");
    case EventKind::kWallJump: return fmt::format("the calendar is set by {} s", event.value);
    case EventKind::kDiskFull: return "the disk is full";
    case EventKind::kDiskSlow: return fmt::format("the disk is {} s behind", event.value);
    case EventKind::kCrash: return fmt::format("kill -9 after {} steps", event.count);
    case EventKind::kStop: return "SIGTERM";
  }
  return {};
}

}  // namespace

std::string describe(const Event& event) {
  const std::string span = event.lasts.count() > 0 ? fmt::format(" for {}", format_duration(event.lasts)) : "";
  return fmt::format("at {}{}: {}", format_duration(event.at), span, what(event));
}

}  // namespace fas::simulation
