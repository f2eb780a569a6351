// The part of process.h that talks TCP on 127.0.0.1. Blocking on purpose: a test waits for a server with nothing else
// to do.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <system_error>

#include "tests/support/process.h"

namespace fas::test {
namespace {

class Socket {
 public:
  Socket() : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
    const timeval second{.tv_sec = 1, .tv_usec = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof second);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(descriptor_); }

  int descriptor() const { return descriptor_; }

  bool connect_to(std::uint16_t port) const {
    const sockaddr_in address = loopback(port);
    return connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

 private:
  int descriptor_;
};

bool send_all(const Socket& socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = send(socket.descriptor(), text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string receive_all(const Socket& socket) {
  std::string reply;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = recv(socket.descriptor(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return reply;
    reply.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::uint16_t free_port() {
  const Socket socket;
  sockaddr_in address = Socket::loopback(0);
  socklen_t length = sizeof address;
  if (bind(socket.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      getsockname(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::system_error(errno, std::generic_category(), "find a free port");
  }
  return ntohs(address.sin_port);
}

bool port_accepts(std::uint16_t port) { return Socket().connect_to(port); }

std::optional<int> http_get(std::uint16_t port, const std::string& path, std::string* body) {
  const Socket socket;
  // HTTP/1.0: the body comes unchunked and ends with the connection.
  if (!socket.connect_to(port) || !send_all(socket, "GET " + path + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")) {
    return std::nullopt;
  }
  const std::string reply = receive_all(socket);
  constexpr std::size_t kStatusAt = std::string_view("HTTP/1.x ").size();
  int status = 0;
  if (reply.size() < kStatusAt + 3 ||
      std::from_chars(reply.data() + kStatusAt, reply.data() + kStatusAt + 3, status).ec != std::errc{}) {
    return std::nullopt;
  }
  const std::size_t head_end = reply.find("\r\n\r\n");
  if (body != nullptr && head_end != std::string::npos) *body = reply.substr(head_end + 4);
  return status;
}

}  // namespace fas::test
