// The Machines API over HTTP.
#pragma once

#include <string>
#include <string_view>

#include "fly/api_caller.h"
#include "fly/machines_api.h"

namespace fas::fly {

class MachinesClient final : public MachinesApi {
 public:
  // `http` and `clock` outlive the client, and the client its calls. `options.base_url` is without the /v1:
  // "https://api.machines.dev".
  MachinesClient(net::HttpTransport& http, Clock& clock, const ClientOptions& options);

  Reply<MachineList> list(std::string app, Deadline deadline) override;
  Reply<Machine> get(std::string app, std::string id, Deadline deadline) override;
  Reply<Machine> create(std::string app, std::string body, Deadline deadline) override;
  Reply<void> start(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) override;
  Reply<void> stop(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) override;
  Reply<void> suspend(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) override;
  Reply<void> destroy(std::string app, std::string id, bool force, LeaseNonce nonce, Deadline deadline) override;
  Reply<void> wait(std::string app, std::string id, std::string instance_id, MachineState state,
                   Deadline deadline) override;
  Reply<void> cordon(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) override;
  Reply<void> uncordon(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) override;
  Reply<Lease> acquire_lease(std::string app, std::string id, std::chrono::seconds ttl, Deadline deadline) override;
  Reply<void> release_lease(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) override;

 private:
  // A call on `id`, or on the app when that is empty. `action` names it in limits and metrics: "start"; `path` follows
  // ".../machines" or the machine.
  ApiCall call(std::string_view action, net::Effect effect, const std::string& app, const std::string& id,
               std::string_view path = "") const;
  // A POST on a machine whose path is the action's name and whose reply says nothing of use.
  Reply<void> act(std::string_view action, std::string app, std::string id, LeaseNonce nonce, Deadline deadline);
  Reply<void> perform_for_effect(ApiCall call, LeaseNonce nonce, bool body_expected, Deadline deadline);

  std::string apps_url_;  // "https://api.machines.dev/v1/apps/"
  ApiCaller caller_;
};

// The reply of POST .../lease.
Result<Lease> parse_lease(const std::string& body);

}  // namespace fas::fly
