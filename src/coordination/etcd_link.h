// A connection to one server of etcd, and a stream of news over it. Only for who includes gRPC.
#pragma once

#include <memory>
#include <string>

#include "coordination/etcd_client.h"
#include "etcd.grpc.pb.h"
#include "metrics/grpc_calls.h"

namespace fas::coordination {

struct EtcdLink {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<etcdserverpb::KV::Stub> kv;
  std::unique_ptr<etcdserverpb::Lease::Stub> lease;
  std::unique_ptr<etcdserverpb::Watch::Stub> watch;
  std::unique_ptr<etcdserverpb::Auth::Stub> auth;

  bool is_ready() const { return channel->GetState(false) == GRPC_CHANNEL_READY; }
};

Result<std::shared_ptr<EtcdLink>> open_etcd_link(const std::string& endpoint, const net::TlsSettings* tls);

// What every call carries: the token, unless that is empty, and the wish to be refused by a server that has lost the
// rest of its cluster rather than to wait.
void add_metadata(grpc::ClientContext& context, const std::string& token);

std::shared_ptr<EtcdWatch> watch_over(boost::asio::io_context& loop, std::shared_ptr<metrics::GrpcGate> gate,
                                      std::shared_ptr<EtcdLink> link, const std::string& token, std::string one,
                                      std::string other, std::int64_t revision);

}  // namespace fas::coordination
