// SPDX-License-Identifier: Apache-2.0
#include "rest/http/probe.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace nova::http {
namespace {

class Socket {
 public:
  explicit Socket(std::chrono::milliseconds within) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto count = within.count();
    const timeval time{.tv_sec = count / 1000, .tv_usec = count % 1000 * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool connect(std::uint16_t port) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  bool send(std::string_view text) const {
    return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  bool begins_with(std::string_view expected) const {
    std::array<char, 64> begin{};
    return expected.size() <= begin.size() &&
           ::recv(fd_, begin.data(), expected.size(), MSG_WAITALL) == static_cast<ssize_t>(expected.size()) &&
           std::string_view(begin.data(), expected.size()) == expected;
  }

 private:
  int fd_;
};

}  // namespace

bool answers(std::uint16_t port, const std::string& secret, std::chrono::milliseconds within) {
  const Socket socket(within);
  return socket.connect(port) &&
         socket.send("GET /healthz HTTP/1.1\r\nHost: novazoned\r\nX-Nova-Front: " + secret +
                     " GET /healthz\r\n\r\n") &&
         socket.begins_with("HTTP/1.1 200 ");
}

}  // namespace nova::http
