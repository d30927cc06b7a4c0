// SPDX-License-Identifier: Apache-2.0
#include "rest/config.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace nova::zone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ZoneConfig : public testing::Test {
 protected:
  ZoneConfig() {
    std::string pattern = testing::TempDir() + "/nova-config-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    file_ = directory_ / "novazoned.conf";
  }
  ~ZoneConfig() override { std::filesystem::remove_all(directory_); }

  Result<Config> read(const std::string& text) {
    std::ofstream(file_) << text;
    return read_config(file_);
  }

  std::filesystem::path directory_;
  std::filesystem::path file_;
};

TEST_F(ZoneConfig, NoFileIsAllDefaults) {
  const auto config = read_config(file_);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->port, 8790);
  EXPECT_EQ(config->backend_port, 8791);
  EXPECT_EQ(config->front, FrontMode::private_);
  EXPECT_EQ(config->certificate_life, std::chrono::hours(24 * 30));
}

TEST_F(ZoneConfig, EverythingCanBeSaidAndDropInsWin) {
  std::filesystem::create_directory(directory_ / "novazoned.conf.d");
  std::ofstream(directory_ / "novazoned.conf.d/10-port.conf") << "[Front]\nPort=8443\n";
  const auto config = read(
      "[Zone]\nName=north\nRequireReason=yes\nStateDirectory=/tmp/state\n"
      "[Front]\nAddress=192.0.2.1 2001:db8::1\nPort=443\nNames=zone.example\nCertificateLife=10min\n"
      "[Hosts]\nCertificateLife=2d\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->name, "north");
  EXPECT_TRUE(config->require_reason);
  EXPECT_EQ(config->port, 8443);
  EXPECT_THAT(config->addresses, ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_EQ(config->server_life, std::chrono::minutes(10));
  EXPECT_EQ(config->certificate_life, std::chrono::hours(48));
}

TEST_F(ZoneConfig, EveryMistakeIsNamedWithItsPlace) {
  for (const auto& [text, named] : std::vector<std::pair<std::string, std::string>>{
           {"[Zone]\nNmae=a\n", "novazoned.conf:2"},
           {"[Zon]\nName=a\n", "Zon"},
           {"Name=a\n", "novazoned.conf"},
           {"[Zone]\nName=\n", "Name="},
           {"[Zone]\nRequireReason=perhaps\n", "RequireReason"},
           {"[Zone]\nStateDirectory=var\n", "absolute"},
           {"[Front]\nMode=public\n", "private, external or none"},
           {"[Front]\nPort=0\n", "Port"},
           {"[Front]\nPort=65536\n", "Port"},
           {"[Front]\nPort=8790x\n", "Port"},
           {"[Front]\nAddress=zone.example\n", "no IP address"},
           {"[Front]\nAddress=127.0.0.1;\n", "no IP address"},
           {"[Front]\nNames=a;b\n", "Names="},
           {"[Front]\nNames=$x\n", "Names="},
           {"[Front]\nNames=a:b\n", "Names="},
           {"[Front]\nNames=-a\n", "Names="},
           {"[Front]\nNames=*\n", "Names="},
           {"[Front]\nPort=8791\n", "BackendPort="},
           {"[Front]\nPort=8792\n", "BackendPort="},
           {"[Front]\nBackendPort=65535\n", "BackendPort="},
           {"[Zone]\nRuntimeDirectory=/run/a b\n", "novazoned.conf:2"},
           {"[Zone]\nRuntimeDirectory=/run/x;include\n", "RuntimeDirectory="},
           {"[Front]\nCertificateFile=/a\n", "KeyFile="},
           {"[Front]\nCertificateLife=1\n", "CertificateLife="},
           {"[Front]\nCertificateLife=30s\n", "1min"},
           {"[Hosts]\nCertificateLife=99999999999d\n", "CertificateLife="},
           {"[Hosts]\nCertificateLife=-1d\n", "CertificateLife="},
           {"[Front]\nMode=external\n", "SecretFile="},
           {"[Front]\nAnonymous=yes\n", "Mode=none"}}) {
    const auto config = read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(config.error().message, HasSubstr(named)) << text;
    EXPECT_THAT(config.error().message, HasSubstr("novazoned.conf")) << text;
  }
}

TEST_F(ZoneConfig, SpansOfTime) {
  EXPECT_EQ(parse_span("90min"), Millis(std::chrono::minutes(90)));
  EXPECT_EQ(parse_span("30d"), Millis(std::chrono::hours(720)));
  for (const char* wrong : {"", "d", "30", "30 d", "1.5h", "30days", "0s", "99999999999999999999s"})
    EXPECT_FALSE(parse_span(wrong)) << wrong;
}

}  // namespace
}  // namespace nova::zone
