#include "tests/simulation/transport.h"

#include <boost/system/system_error.hpp>
#include <optional>
#include <utility>

namespace fas::simulation {
namespace {

// Where a reply is left for the coroutine that waits for it. Shared with the exchange, which may outlive the coroutine,
// and the whole process.
struct Mailbox {
  ProcessLoop* loop;  // null once nobody waits
  ProcessLoop::Ticket ticket;
  std::optional<Network::Reply> reply;
};

class Waiting {
 public:
  explicit Waiting(std::shared_ptr<Mailbox> mailbox) : mailbox_(std::move(mailbox)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { mailbox_->loop = nullptr; }

 private:
  std::shared_ptr<Mailbox> mailbox_;
};

}  // namespace

boost::asio::awaitable<Result<net::HttpResponse>> Transport::send(net::HttpRequest request, Deadline deadline) {
  const Duration until = ProcessClock::time_of(deadline);
  if (until <= timeline_.now()) co_return fail(ErrorKind::kTimeout, "the deadline passed before the request was sent");
  auto mailbox = std::make_shared<Mailbox>(&loop_, loop_.new_ticket());
  const Waiting waiting(mailbox);
  auto deliver = [network = &network_, mailbox](const Exchange& exchange, Network::Reply reply) {
    if (mailbox->loop == nullptr) return;
    network->note_reply(exchange, reply);
    mailbox->reply = std::move(reply);
    mailbox->loop->wake(mailbox->ticket);
  };
  const auto exchange = network_.send(process_, std::move(request), std::move(deliver));
  const auto alarm = timeline_.alarm(until, [mailbox] { mailbox->loop->wake(mailbox->ticket); });
  const auto [error] = co_await loop_.park(mailbox->ticket);
  if (error) throw boost::system::system_error(error);
  if (!mailbox->reply) {
    mailbox->reply = fail(ErrorKind::kUnknownOutcome, "no reply by the deadline");
    network_.note_reply(*exchange, *mailbox->reply);
  }
  co_return std::move(*mailbox->reply);
}

}  // namespace fas::simulation
