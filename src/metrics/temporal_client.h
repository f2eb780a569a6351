// The questions that a metric asks a Temporal frontend, over one kept gRPC connection. gRPC itself stays behind this
// header: its own are slow to compile.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "metrics/registry.h"
#include "metrics/temporal_options.h"

namespace fas::metrics {

enum class TaskQueueType : std::uint8_t { kWorkflow = 1, kActivity = 2, kNexus = 3 };  // the protocol's numbers

struct TaskQueueStats {
  double backlog_count = 0;
  double backlog_age = 0;    // seconds, of the oldest task
  double add_rate = 0;       // per second
  double dispatch_rate = 0;  // per second

  // With those of another part of the same queue.
  void add(const TaskQueueStats& other) {
    backlog_count += other.backlog_count;
    backlog_age = std::max(backlog_age, other.backlog_age);
    add_rate += other.add_rate;
    dispatch_rate += other.dispatch_rate;
  }
};

// On the loop's thread; gRPC's own threads end at the edge of this class. The connection is made when first needed, and
// made anew when it proves dead, with certificates read again. Errors as temporal_error() has them.
class TemporalClient {
 public:
  virtual ~TemporalClient() = default;

  // The client of that server: all that ask for the same one on the same loop share it for as long as any of them
  // lives.
  static std::shared_ptr<TemporalClient> shared(const SourceContext& context, const TemporalServer& server);

  // By a query of Temporal's list filters.
  virtual boost::asio::awaitable<Result<std::int64_t>> count_workflows(std::string name_space, std::string query,
                                                                       Deadline deadline) = 0;

  // In the order of `types`.
  virtual boost::asio::awaitable<Result<std::vector<TaskQueueStats>>> task_queue_stats(std::string name_space,
                                                                                       std::string task_queue,
                                                                                       std::vector<TaskQueueType> types,
                                                                                       Deadline deadline) = 0;
};

// What a gRPC status other than OK means for a metric; `code` as gRPC numbers them.
Error temporal_error(int code, std::string_view text);

}  // namespace fas::metrics
