// Fly API tokens: one text may hold several, macaroons and user tokens, and each API takes them its own way.
#pragma once

#include <string>
#include <string_view>

namespace fas::fly {

// A leading `Bearer ` or `FlyV1 ` (any case, repeated) is dropped, the rest split at commas and trimmed.
// Parts that start with fm1r_, fm1a_ or fm2_ are macaroons.
std::string machines_authorization(
    std::string_view token);  // macaroons alone where there are any, as FlyV1; else Bearer
std::string graphql_authorization(
    std::string_view token);  // macaroons, then user tokens; FlyV1 if any macaroon, else Bearer

}  // namespace fas::fly
