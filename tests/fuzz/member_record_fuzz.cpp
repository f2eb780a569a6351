// Any bytes as a member's record; what is understood of them must survive being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "coordination/member_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fas::coordination;
  const Member member = read_member_record("member", {reinterpret_cast<const char*>(data), size});
  if (read_member_record("member", member_record(member)) != member) std::abort();
  return 0;
}
