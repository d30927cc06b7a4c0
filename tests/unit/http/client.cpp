// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/http/client.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace nova::http::test {
namespace {

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* target) {
  static_cast<std::string*>(target)->append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* target) {
  std::string line(data, size * count);
  const auto colon = line.find(':');
  if (colon != std::string::npos) {
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    std::string value = line.substr(colon + 1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.front()))) value.erase(0, 1);
    while (!value.empty() && std::isspace(static_cast<unsigned char>(value.back()))) value.pop_back();
    (*static_cast<std::map<std::string, std::string>*>(target))[name] = value;
  }
  return size * count;
}

struct Source {
  std::string_view rest;
};

std::size_t give_body(char* target, std::size_t size, std::size_t count, void* from) {
  auto& source = *static_cast<Source*>(from);
  const auto part = std::min(source.rest.size(), std::min<std::size_t>(size * count, 777));
  source.rest.copy(target, part);
  source.rest.remove_prefix(part);
  return part;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

Client::Client() : curl_(::curl_easy_init()) {
  if (!curl_) throw std::runtime_error("curl_easy_init");
}

Client::~Client() {
  ::curl_easy_cleanup(curl_);
}

Answer Client::ask(const Ask& ask) {
  Answer answer;
  CURL* curl = curl_;
  ::curl_easy_reset(curl);
  curl_slist* headers = nullptr;
  for (const auto& header : ask.headers) headers = ::curl_slist_append(headers, header.c_str());
  headers = ::curl_slist_append(headers, "Expect:");
  if (ask.chunked) headers = ::curl_slist_append(headers, "Transfer-Encoding: chunked");
  Source source{ask.body};
  ::curl_easy_setopt(curl, CURLOPT_URL, ask.url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ask.give_up_after_ms);
  ::curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  ::curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  ::curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  ::curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.headers);
  if (ask.compressed) ::curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
  if (!ask.ca.empty()) ::curl_easy_setopt(curl, CURLOPT_CAINFO, ask.ca.c_str());
  if (!ask.certificate.empty()) ::curl_easy_setopt(curl, CURLOPT_SSLCERT, ask.certificate.c_str());
  if (ask.method == "HEAD") {
    ::curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (ask.chunked) {
    ::curl_easy_setopt(curl, CURLOPT_POST, 1L);
    ::curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
    ::curl_easy_setopt(curl, CURLOPT_READDATA, &source);
  } else if (!ask.body.empty() || ask.method == "POST") {
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDS, ask.body.data());
    ::curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(ask.body.size()));
  }
  if (ask.method != "HEAD") ::curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, ask.method.c_str());
  ::curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  if (::curl_easy_perform(curl) == CURLE_OK)
    ::curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  ::curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &answer.new_connections);
  ::curl_slist_free_all(headers);
  return answer;
}

ServedZone::ServedZone(const std::string& the_secret, int body_threads) {
  auto started = Server::start({.port = 0, .threads = 3, .body_threads = body_threads, .secret = the_secret},
                               door.parts);
  if (!started) throw std::runtime_error(started.error().message);
  server = *std::move(started);
}

std::string ServedZone::url(const std::string& target) const {
  return "http://127.0.0.1:" + std::to_string(server->port()) + target;
}

std::string ServedZone::body_url(const std::string& target) const {
  return "http://127.0.0.1:" + std::to_string(server->body_port()) + target;
}

std::uint16_t free_port() {
  for (;;) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    const std::uint16_t port = ntohs(address.sin_port);
    const auto next = loopback(static_cast<std::uint16_t>(port + 1));
    const int other = ::socket(AF_INET, SOCK_STREAM, 0);
    const bool both =
        port < UINT16_MAX && ::bind(other, reinterpret_cast<const sockaddr*>(&next), sizeof next) == 0;
    ::close(other);
    ::close(fd);
    if (both) return port;
  }
}

bool wait_for_port(std::uint16_t port) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < end) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto address = loopback(port);
    const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (connected) return true;
    ::poll(nullptr, 0, 5);  // nobody announces a listening port
  }
  return false;
}

}  // namespace nova::http::test
