// SPDX-License-Identifier: Apache-2.0
#include "rest/front.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "pki/file.hpp"
#include "pki/key.hpp"

namespace nova::zone {
namespace {

/// Each holds room for its connections; one serves thousands of hosts.
constexpr unsigned most_workers = 4;

/// One address to listen on, as the kernel takes it.
struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

Endpoint endpoint_of(const std::string& address, std::uint16_t port) {
  Endpoint endpoint;
  if (address.find(':') != std::string::npos) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.address);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    ::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr);
    endpoint.size = sizeof *v6;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&endpoint.address);
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &v4->sin_addr);
    endpoint.size = sizeof *v4;
  }
  return endpoint;
}

/// Tries to listen there, and stops at once. 0, or errno.
int try_listen(const std::string& address, std::uint16_t port) {
  const Endpoint endpoint = endpoint_of(address, port);
  const int fd = ::socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (endpoint.address.ss_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const bool good = ::bind(fd, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.size) == 0 &&
                    ::listen(fd, 1) == 0;
  const int failure = good ? 0 : errno;
  ::close(fd);
  return failure;
}

std::string written(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

/// Where to listen; of all addresses of the machine where none is configured, IPv6 only where there is any.
Result<std::vector<std::string>> find_free(const Config& config) {
  std::vector<std::string> listen;
  const bool all = config.addresses.empty();
  for (const auto& address : all ? std::vector<std::string>{"0.0.0.0", "::"} : config.addresses) {
    const int failure = try_listen(address, config.port);
    if (all && address == "::" && failure != 0 && failure != EADDRINUSE) continue;
    if (failure == EADDRINUSE)
      return fail(Errc::unavailable,
                  "cannot listen on " + written(address, config.port) +
                      ": another program does (ss -tlnp shows it); set Port= or Address= in [Front]",
                  "Front.Port");
    if (failure != 0)
      return fail(Errc::unavailable,
                  "cannot listen on " + written(address, config.port) + ": " + std::strerror(failure) +
                      (failure == EACCES ? "; choose a Port= above 1023 in [Front]" : ""),
                  "Front.Address");
    listen.push_back(written(address, config.port));
  }
  return listen;
}

Result<void> make_directory(const std::filesystem::path& path) {
  return pki::make_private_directory(path);
}

/// Writes a file where its contents are others than before. @return whether it did
Result<bool> update_file(const std::filesystem::path& path, const std::string& contents, mode_t mode) {
  if (const auto known = pki::read_file(path); known && *known == contents) return false;
  if (auto written_now = pki::write_file(path, contents, mode); !written_now)
    return std::unexpected(written_now.error());
  return true;
}

}  // namespace

std::vector<std::string> names_of_this_machine() {
  std::vector<std::string> names;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0 && host[0] != '\0') names.emplace_back(host.data());
  names.emplace_back("localhost");
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) == 0) {
    for (const ifaddrs* one = interfaces; one; one = one->ifa_next) {
      std::array<char, 64> text{};
      if (!one->ifa_addr || (one->ifa_addr->sa_family != AF_INET && one->ifa_addr->sa_family != AF_INET6))
        continue;
      const bool v4 = one->ifa_addr->sa_family == AF_INET;
      if (::getnameinfo(one->ifa_addr, v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6), text.data(),
                        text.size(), nullptr, 0, NI_NUMERICHOST) == 0 &&
          !std::strchr(text.data(), '%'))  // link-local addresses are good for nobody else
        names.emplace_back(text.data());
    }
    ::freeifaddrs(interfaces);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

Result<void> publish_ca(const Config& config, const ca::Authority& authority, WallTime now) {
  const auto written_now = update_file(config.runtime_directory / "ca.crt", authority.bundle_pem(now), 0644);
  if (!written_now) return std::unexpected(written_now.error());
  return {};
}

Result<Front> Front::prepare(const Config& config, const ca::Authority& authority, WallTime now) {
  auto listen = find_free(config);
  if (!listen) return std::unexpected(listen.error());
  const auto directory = config.runtime_directory / "front";
  for (const auto& path : {directory, directory / "cache", directory / "tls", directory / "tmp"})
    if (auto made = make_directory(path); !made) return std::unexpected(made.error());
  Front front(config, {.directory = directory,
                       .listen = *std::move(listen),
                       .backend_port = config.backend_port,
                       .workers = std::clamp(std::thread::hardware_concurrency(), 1U, most_workers),
                       .secret = pki::random_secret(),
                       .as_root = ::geteuid() == 0});
  if (auto certificates = front.write_certificates(authority, now); !certificates)
    return std::unexpected(certificates.error());
  if (auto conf = pki::write_file(directory / "nginx.conf", front_configuration(front.settings_), 0600);
      !conf)
    return std::unexpected(conf.error());
  return front;
}

Result<bool> Front::write_certificates(const ca::Authority& authority, WallTime now) {
  const auto ca_directory = config_.state_directory / "ca";
  const bool own = config_.certificate.empty();
  if (own) {
    const auto& names = config_.names.empty() ? machine_.look(names_of_this_machine(), now) : config_.names;
    const auto made = authority.ensure_server_certificate(names, config_.server_life, now);
    if (!made) return std::unexpected(made.error());
  }
  const auto certificate = pki::read_file(own ? ca_directory / "server.crt" : config_.certificate);
  if (!certificate) return std::unexpected(certificate.error());
  const auto key = pki::read_file(own ? ca_directory / "server.key" : config_.key);
  if (!key) return std::unexpected(key.error());
  std::string bundle = authority.bundle_pem(now);
  if (!config_.client_ca.empty()) {
    const auto operators = pki::read_file(config_.client_ca);
    if (!operators) return std::unexpected(operators.error());
    bundle += *operators;
  }
  // The front sees copies: neither the CA's key nor the store is within its reach.
  const auto tls = settings_.directory / "tls";
  bool changed = false;
  for (const auto& [name, contents] : {std::pair<const char*, const std::string&>{"server.key", *key},
                                       std::pair<const char*, const std::string&>{"server.crt", *certificate},
                                       std::pair<const char*, const std::string&>{"client-ca.crt", bundle}}) {
    const auto updated = update_file(tls / name, contents, 0600);
    if (!updated) return std::unexpected(updated.error());
    changed = changed || *updated;
  }
  if (auto published = publish_ca(config_, authority, now); !published)
    return std::unexpected(published.error());
  return changed;
}

Result<void> Front::refresh(const ca::Authority& authority, WallTime now) {
  const auto changed = write_certificates(authority, now);
  if (!changed) return std::unexpected(changed.error());
  if (*changed) signal_nginx();
  return {};
}

/// The front runs as our own user, so it may be told to read its certificates again.
void Front::signal_nginx() const {
  const auto text = pki::read_file(settings_.directory / "nginx.pid", 32);
  if (!text) return;  // it is not running
  const int pid = std::atoi(text->c_str());
  if (pid > 1) ::kill(pid, SIGHUP);
}

}  // namespace nova::zone
