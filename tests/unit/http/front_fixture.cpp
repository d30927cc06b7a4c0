// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/http/front_fixture.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "pki/key.hpp"

extern char** environ;

namespace nova::http::test {

FrontTest::FrontTest(Millis age) {
  std::string pattern = testing::TempDir() + "/nova-front-XXXXXX";
  directory_ = ::mkdtemp(pattern.data());
  std::filesystem::create_directories(directory_ / "state");
  std::filesystem::create_directories(directory_ / "run");
  authority_.emplace(*ca::Authority::open(directory_ / "state" / "ca", "north", now() - age));
  config_.state_directory = directory_ / "state";
  config_.runtime_directory = directory_ / "run";
  config_.addresses = {"127.0.0.1"};
  config_.names = {"localhost", "127.0.0.1"};
  config_.port = free_port();
  config_.backend_port = free_port();
  auto front = zone::Front::prepare(config_, *authority_, now() - age);
  if (!front) throw std::runtime_error(front.error().message);
  front_.emplace(*std::move(front));
  collections_ = std::make_unique<Collections>(front_->cache());
  auto started = Server::start({.port = config_.backend_port,
                                .body_port = static_cast<std::uint16_t>(config_.backend_port + 1),
                                .threads = 3,
                                .body_threads = 3,
                                .secret = front_->secret()},
                               {.writer = door_.writer,
                                .authenticator = door_.authenticator,
                                .collections = *collections_,
                                .hosts = door_.hosts,
                                .denied = door_.parts.denied});
  if (!started) throw std::runtime_error(started.error().message);
  server_ = *std::move(started);
  start_nginx();
}

FrontTest::~FrontTest() {
  server_.reset();
  ::kill(nginx_, SIGQUIT);
  ::waitpid(nginx_, nullptr, 0);
  std::filesystem::remove_all(directory_);
}

WallTime FrontTest::now() {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

void FrontTest::start_nginx() {
  const std::string conf = (directory_ / "run/front/nginx.conf").string();
  const std::string log = (directory_ / "nginx.log").string();
  std::vector<std::string> words{"nginx", "-c", conf, "-e", log};
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (::posix_spawnp(&nginx_, "/usr/sbin/nginx", &actions, nullptr, argv.data(), environ) != 0)
    throw std::runtime_error("cannot start nginx");
  ::posix_spawn_file_actions_destroy(&actions);
  if (!wait_for_port(config_.port)) throw std::runtime_error("nginx does not listen: " + text_of(log));
}

std::string FrontTest::text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string FrontTest::certificate(const std::string& name, const ca::Authority& by) {
  const auto key = *pki::Key::generate();
  const auto issued =
      by.sign(*pki::make_request(key, name), random_uuid(), name, std::chrono::hours(1), now());
  const auto file = directory_ / (name + ".pem");
  std::ofstream(file) << issued.value().pem << key.to_pem();
  return file.string();
}

Ask FrontTest::request(const std::string& target, std::vector<std::string> headers, const std::string& role) {
  headers.push_back("X-Auth-Token: the " + role + "'s token");
  return {.url = "https://localhost:" + std::to_string(config_.port) + target,
          .headers = std::move(headers),
          .ca = (directory_ / "run/ca.crt").string()};
}

Ask FrontTest::posting(Ask ask, const std::string& body) {
  ask.method = "POST";
  ask.headers.emplace_back("Content-Type: application/json");
  ask.body = body;
  return ask;
}

}  // namespace nova::http::test
