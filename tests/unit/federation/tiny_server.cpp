// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/federation/tiny_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace nova::federation {
namespace {

int listen_on(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 64) != 0)
    throw std::runtime_error("cannot listen on port " + std::to_string(port));
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool read_more(int fd, std::string& input) {
  std::array<char, 65536> chunk;
  const auto size = read(fd, chunk.data(), chunk.size());
  if (size > 0) input.append(chunk.data(), static_cast<std::size_t>(size));
  return size > 0;
}

std::size_t content_length(const std::string& head) {
  const auto at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

bool read_request(int fd, std::string& input, WireRequest& request) {
  std::size_t end;
  while ((end = input.find("\r\n\r\n")) == std::string::npos)
    if (!read_more(fd, input)) return false;
  request.head = input.substr(0, end + 2);
  input.erase(0, end + 4);
  const auto size = content_length(request.head);
  while (input.size() < size)
    if (!read_more(fd, input)) return false;
  request.body = input.substr(0, size);
  input.erase(0, size);
  return true;
}

}  // namespace

TinyServer::TinyServer(std::uint16_t port, Handler handler)
    : handler_(std::move(handler)), listener_(listen_on(port)), port_(port_of(listener_)) {
  accepting_ = std::thread([this] { accept_all(); });
}

TinyServer::~TinyServer() {
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : serving_) thread.join();
}

void TinyServer::accept_all() {
  for (int fd; (fd = accept(listener_, nullptr, nullptr)) >= 0;) {
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    serving_.emplace_back([this, fd] { serve(fd); });
  }
}

void TinyServer::serve(int fd) {
  std::string input;
  for (WireRequest request; read_request(fd, input, request);) {
    const std::string answer = handler_(request);
    if (answer.empty() || send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  close(fd);
}

std::string TinyServer::response(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " So\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::uint16_t free_port() {
  const int fd = listen_on(0);
  const auto port = port_of(fd);
  close(fd);
  return port;
}

}  // namespace nova::federation
