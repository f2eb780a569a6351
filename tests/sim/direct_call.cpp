#include "tests/sim/direct_call.h"

#include "sim/machine_config.h"

namespace fas::sim {

MachineConfig SimFixture::default_worker_config() { return default_config("worker"); }

}  // namespace fas::sim
