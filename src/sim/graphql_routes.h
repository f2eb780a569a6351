// The subset of Fly's GraphQL API that a scaler needs: organization, apps (in pages) and app with its current release.
#pragma once

#include "net/http_server.h"
#include "sim/world.h"

namespace fas::sim {

// As GraphQL does, errors are a reply of status 200 with `errors`; 400 is for a body that is no GraphQL request.
// Objects come with all their fields, whatever the query selects.
net::ServerResponse answer_graphql(World& world, const net::ServerRequest& request);

// What a wrong token is answered with.
net::ServerResponse graphql_unauthorized();

}  // namespace fas::sim
