#include "net/resolve.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <tuple>
#include <variant>

namespace fas::net {

namespace asio = boost::asio;

asio::awaitable<Result<std::vector<std::string>>> resolve(asio::io_context& loop, Clock& clock, std::string host,
                                                          Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  std::vector<std::string> addresses;
  boost::system::error_code no_address;
  asio::ip::make_address(host, no_address);
  if (!no_address) {
    addresses.push_back(std::move(host));
    co_return addresses;
  }
  asio::ip::tcp::resolver resolver(loop);
  const std::string service = "0";
  const auto first = co_await (resolver.async_resolve(host, service, asio::as_tuple(asio::use_awaitable)) ||
                               clock.sleep_until(deadline));
  if (first.index() == 1) {
    co_return fail(ErrorKind::kTimeout, "the deadline passed while looking up the name " + host);
  }
  const auto& [error, results] = std::get<0>(first);
  if (error || results.empty()) {
    co_return fail(ErrorKind::kUnavailable, "cannot find the address of " + host + ": " + error.message());
  }
  for (const auto& entry : results) {
    std::string address = entry.endpoint().address().to_string();
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(std::move(address));
  }
  co_return addresses;
}

}  // namespace fas::net
