// A Fly Machine as the Machines API lists it, reduced to what decisions need; `config` stays opaque.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/machine_state.h"

namespace fas::fly {

// A JSON value as it stands in a reply: a view with shared ownership of the whole reply, so that a list of a thousand
// machines copies no configuration.
struct RawJson {
  std::shared_ptr<const std::string> owner;
  std::string_view text;
};

struct Machine {
  std::string id;
  std::string name;
  MachineState state = MachineState::kUnknown;
  std::string region;
  std::string instance_id;
  std::string image;          // registry/repository[:tag][@digest], from image_ref
  std::string process_group;  // config.metadata.fly_process_group, else .process_group, else empty
  std::string host_status;    // "ok", "unknown", "unreachable"; empty where the API sends none (treated as ok)
  std::optional<WallTime> created_at;
  std::optional<WallTime> updated_at;
  bool has_mounts = false;         // config.mounts is not empty: a clone would need a volume of its own
  bool is_standby = false;         // config.standbys is not empty: waits for its primary to fail
  bool has_services = false;       // config.services is not empty
  bool incomplete_config = false;  // not fit to clone from
  bool leased = false;             // `nonce` is set: someone holds a lease
  RawJson config;                  // the object, unparsed; empty text where the API sent none
};

// Parses the reply of GET /apps/{app}/machines (an array) or of one machine (an object). A machine's field of an
// unexpected type is left at its default, except `id` and `state`: a list with an entry that cannot be told is no list
// to count machines by. Errors: kMalformed when the text is not JSON, not an array, or has such an entry.
struct MachineList {
  std::vector<Machine> machines;
};
Result<MachineList> parse_machine_list(std::string body);
Result<Machine> parse_machine(std::string body);

// The body of POST /apps/{app}/machines that clones `source`: its config whole, unknown fields included, with `image`
// replaced by the full image reference and `standbys` dropped. Errors: kInvalid when `source` is not fit to clone.
struct CloneOptions {
  std::string name;
  std::string region;
  bool skip_launch = false;
};
Result<std::string> clone_request(const Machine& source, const CloneOptions& options);

}  // namespace fas::fly
