// The Machines API, with changes kept within the time in which an app is surely ours.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "fly/machines_api.h"

namespace fas::control {

// Until when a call that changes something of the app may be under way; the past: none may.
using SafeUntil = std::function<TimePoint(std::string_view app)>;

// Calls that change something end by then, and are not sent (kUnavailable) where less than half a second is left until
// then or until their own deadline: what takes the API longer than that to carry out may be carried out when the app is
// another's. Reads pass.
// `clock` outlives the answer.
std::unique_ptr<fly::MachinesApi> guarded(std::unique_ptr<fly::MachinesApi> api, Clock& clock, SafeUntil safe_until);

}  // namespace fas::control
