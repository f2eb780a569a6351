#include "tests/support/nats_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <stdexcept>

#include "base/text.h"
#include "tests/support/server_start.h"

namespace fas::test {

NatsServer::NatsServer(NatsOptions options) : options_(std::move(options)) {
  start_on_free_ports([&] {
    port_ = free_port();
    monitoring_port_ = free_port();
    start();
  });
}

std::string NatsServer::url() const {
  return fmt::format("{}://127.0.0.1:{}", options_.tls_cert.empty() ? "http" : "https", monitoring_port_);
}

void NatsServer::start() {
  const bool tls = !options_.tls_cert.empty();
  std::string config = fmt::format("server_name: {}\nlisten: \"127.0.0.1:{}\"\n{}: \"127.0.0.1:{}\"\n", options_.name,
                                   port_, tls ? "https" : "http", monitoring_port_);
  if (options_.jetstream) config += fmt::format("jetstream {{ store_dir: \"{}\" }}\n", folder_.file("data"));
  if (tls) {
    config += fmt::format("tls {{ cert_file: \"{}\", key_file: \"{}\" }}\n",
                          folder_.write("cert.pem", options_.tls_cert), folder_.write("key.pem", options_.tls_key));
  }
  ProcessOptions process_options;
  process_options.working_directory = folder_.path().string();
  process_options.output_file = folder_.file("log");
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"nats-server", "-c", folder_.write("nats.conf", config + options_.more)},
      std::move(process_options));
  if (process_->wait_until([&] { return port_accepts(monitoring_port_) && port_accepts(port_); })) return;
  process_->stop();
  throw std::runtime_error("nats-server did not start: " + tail(folder_.file("log")));
}

void NatsServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

void NatsServer::restart() { start(); }

NatsClient::NatsClient(std::uint16_t port, const std::string& user, const std::string& password)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to nats");
  }
  if (!line().starts_with("INFO ")) throw std::runtime_error("this is no nats");
  send(fmt::format("CONNECT {{\"verbose\":false,\"pedantic\":false,\"user\":\"{}\",\"pass\":\"{}\"}}\r\nPING\r\n", user,
                   password));
  while (line() != "PONG") {
  }
}

NatsClient::~NatsClient() { close(socket_); }

void NatsClient::publish(const std::string& subject, const std::string& payload, const std::string& reply_to) {
  send(fmt::format("PUB {} {}{}{}\r\n{}\r\n", subject, reply_to, reply_to.empty() ? "" : " ", payload.size(), payload));
}

void NatsClient::subscribe(const std::string& subject, int id) { send(fmt::format("SUB {} {}\r\n", subject, id)); }

void NatsClient::unsubscribe(int id) { send(fmt::format("UNSUB {}\r\n", id)); }

NatsClient::Message NatsClient::next() {
  for (;;) {
    const std::string head = line();
    if (head.starts_with("HMSG ")) continue;  // a status in headers, of two lines without a payload of ours
    if (!head.starts_with("MSG ")) continue;
    const std::vector<std::string_view> words = split(head, ' ');  // MSG subject id [reply] size
    std::size_t size = 0;
    std::from_chars(words.back().data(), words.back().data() + words.back().size(), size);
    Message message{.subject = std::string(words[1]),
                    .reply_to = words.size() > 4 ? std::string(words[3]) : "",
                    .payload = take(size)};
    take(2);
    return message;
  }
}

std::string NatsClient::request(const std::string& subject, const std::string& payload) {
  const int id = 1000 + ++inboxes_;
  const std::string inbox = fmt::format("_INBOX.test.{}", inboxes_);
  subscribe(inbox, id);
  publish(subject, payload, inbox);
  for (;;) {
    Message message = next();
    if (message.subject != inbox) continue;
    unsubscribe(id);
    return std::move(message.payload);
  }
}

std::string NatsClient::api(const std::string& call, const std::string& payload) {
  std::string answer = request("$JS.API." + call, payload);
  if (answer.contains("\"error\":")) throw std::runtime_error(call + ": " + answer);
  return answer;
}

void NatsClient::store(const std::string& subject, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string answer = request(subject, "job");
    if (!answer.contains("\"seq\":")) throw std::runtime_error(fmt::format("{}: {}", subject, answer));
  }
}

void NatsClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) throw std::runtime_error("nats closed the connection");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string NatsClient::line() {
  for (;;) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos) fill();
    std::string text = take(end);
    take(2);
    if (text.starts_with("-ERR")) throw std::runtime_error("nats: " + text);
    if (text != "PING") return text;
    send("PONG\r\n");
  }
}

std::string NatsClient::take(std::size_t size) {
  while (buffer_.size() < size) fill();
  std::string text = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return text;
}

void NatsClient::fill() {
  std::array<char, 4096> bytes{};
  const ssize_t count = recv(socket_, bytes.data(), bytes.size(), 0);
  if (count <= 0) throw std::runtime_error("nats does not answer");
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
}

}  // namespace fas::test
