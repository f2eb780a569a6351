// A member as it is written in etcd: a JSON object. No I/O.
#pragma once

#include <string>
#include <string_view>

#include "coordination/engine.h"

namespace fas::coordination {

// Name and address; bytes that are no UTF-8 are replaced.
std::string member_record(const Member& member);

// The member of that name. What cannot be understood is left empty: a record that somebody else has written must not
// keep the group from seeing the others. The lease is not in it.
Member read_member_record(std::string_view name, std::string_view record);

}  // namespace fas::coordination
