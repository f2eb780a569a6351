#include "net/curl_transport.h"

#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <optional>
#include <utility>

#include "net/curl_driver.h"
#include "net/curl_transfer.h"

namespace fas::net {

CurlTransport::CurlTransport(boost::asio::io_context& loop, Clock& clock, CurlOptions options)
    : clock_(clock), options_(options), driver_(std::make_shared<CurlDriver>(loop, options)) {}

CurlTransport::~CurlTransport() { driver_->close(); }

boost::asio::awaitable<Result<HttpResponse>> CurlTransport::send(HttpRequest request, Deadline deadline) {
  CurlTransfer transfer(driver_, std::move(request));
  Result<void> started = transfer.start(clock_, deadline, options_);
  if (!started) co_return std::unexpected(std::move(started.error()));
  co_await transfer.wait();
  std::optional<Result<HttpResponse>> result = transfer.take_result();
  if (!result) throw boost::system::system_error(boost::asio::error::operation_aborted);
  co_return std::move(*result);
}

}  // namespace fas::net
