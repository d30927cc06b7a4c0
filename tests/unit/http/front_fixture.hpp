// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gmock/gmock.h>
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rest/front.hpp"
#include "tests/unit/http/client.hpp"

namespace nova::http::test {

/// A real nginx with the configuration that we generate, before the real server, before a fake zone.
class FrontTest : public testing::Test {
 protected:
  /// @param age of its certificates
  explicit FrontTest(Millis age = Millis{0});
  ~FrontTest() override;

  static WallTime now();
  static std::string text_of(const std::filesystem::path& file);

  /// A certificate file of a host, by this zone's CA or another one.
  std::string certificate(const std::string& name, const ca::Authority& by);

  Ask request(const std::string& target, std::vector<std::string> headers = {},
              const std::string& role = "reader");
  Answer get(const std::string& target, std::vector<std::string> headers = {}) {
    return client_.ask(request(target, std::move(headers)));
  }
  static Ask posting(Ask ask, const std::string& body);

  std::filesystem::path directory_;
  zone::Config config_;
  std::optional<ca::Authority> authority_;
  std::optional<zone::Front> front_;
  RestDoor door_;
  std::unique_ptr<Collections> collections_;
  std::unique_ptr<Server> server_;
  pid_t nginx_ = 0;
  Client client_;

 private:
  void start_nginx();
};

}  // namespace nova::http::test
