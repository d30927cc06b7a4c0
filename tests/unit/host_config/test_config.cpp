// SPDX-License-Identifier: Apache-2.0
// novahostd.conf: what it means, and every kind of mistake in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "daemon/config.hpp"

using namespace nova;
using testing::ElementsAre;
using testing::StartsWith;

namespace {

/// Reads a text as novahostd.conf of the host "compute1".
Result<HostConfig> read(const std::string& text) {
  const auto file =
      std::filesystem::temp_directory_path() / ("novahostd-" + std::to_string(getpid()) + ".conf");
  std::ofstream(file) << text;
  auto config = read_host_config(file, "compute1");
  std::filesystem::remove(file);
  if (!config) {
    // The place without the folder, for the cases below.
    auto& message = config.error().message;
    message = "conf" + message.substr(message.find(".conf") + 5);
  }
  return config;
}

}  // namespace

TEST(Config, WithoutAnythingIsTheHostAloneUnderItsName) {
  const auto config = read("");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->nova_host, "compute1");
  EXPECT_FALSE(config->require_reason);
  EXPECT_TRUE(config->zone_urls.empty());
  EXPECT_TRUE(config->journal_excerpts);
}

TEST(Config, TakesEverythingThatIsDocumented) {
  const auto config = read(
      "[Host]\nNovaHost=c1.example\nRequireReason=yes\nPattern=mynova-*.service nova-compute\n"
      "Pattern=other.service nova-api controllable\nExclude=nova-api.service nova-old*.service\n"
      "[Zone]\nURL=https://a:8790 "
      "https://b:8790\nURL=http://localhost:8790\nCAFile=/ca\nCertificateFile=/c\nKeyFile=/k\n"
      "JournalExcerpts=no\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->nova_host, "c1.example");
  EXPECT_TRUE(config->require_reason);
  ASSERT_EQ(config->patterns.size(), 2U);
  EXPECT_EQ(config->patterns[0].binary, "nova-compute");
  EXPECT_FALSE(config->patterns[0].controllable);
  EXPECT_TRUE(config->patterns[1].controllable);
  EXPECT_THAT(config->exclusions, ElementsAre("nova-api.service", "nova-old*.service"));
  EXPECT_THAT(config->zone_urls, ElementsAre("https://a:8790", "https://b:8790", "http://localhost:8790"));
  EXPECT_EQ(config->ca_file, "/ca");
  EXPECT_EQ(config->key_file, "/k");
  EXPECT_FALSE(config->journal_excerpts);
}

TEST(Config, AnEmptyListForgetsWhatCameBefore) {
  const auto config = read(
      "[Host]\nPattern=a.service "
      "nova-api\nPattern=\nExclude=b.service\nExclude=\n[Zone]\nURL=https://a\nURL=\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->patterns.empty() && config->exclusions.empty() && config->zone_urls.empty());
}

struct Mistake {
  const char* name;
  const char* text;
  const char* says;
};

class Mistakes : public testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreRefusedWithTheirPlaceAndTheFix) {
  const auto config = read(GetParam().text);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Errc::invalid_argument);
  EXPECT_THAT(config.error().message, StartsWith(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, Mistakes,
    testing::Values(
        Mistake{"UnknownSection", "[Hosts]\nNovaHost=a\n",
                "conf:1: cannot take section [Hosts]: unknown; did you mean [Host]?"},
        Mistake{"UnknownKey", "[Host]\nNovahost=a\n",
                "conf:2: cannot take Novahost= in [Host]: unknown; did you mean NovaHost=?"},
        Mistake{"EmptyName", "[Host]\nNovaHost=\n", "conf:2: cannot take NovaHost=: write the host's name"},
        Mistake{"NameWithBlanks", "[Host]\nNovaHost=a b\n",
                "conf:2: cannot take NovaHost=a b: write the host's name"},
        Mistake{"NoBoolean", "[Host]\nRequireReason=often\n",
                "conf:2: cannot read RequireReason=often: write yes or no"},
        Mistake{"PatternWithoutBinary", "[Host]\nPattern=a.service\n",
                "conf:2: cannot read Pattern=a.service: write Pattern=GLOB BINARY"},
        Mistake{"PatternWithMore", "[Host]\nPattern=a.service nova-api really\n",
                "conf:2: cannot read Pattern="},
        Mistake{"PatternOfNoService", "[Host]\nPattern=a.timer nova-api\n", "conf:2: cannot use 'a.timer'"},
        Mistake{"PatternOfEverything", "[Host]\nPattern=*.service nova-api\n",
                "conf:2: cannot use '*.service'"},
        Mistake{"PatternOfAnotherBinary", "[Host]\nPattern=a.service sshd\n", "conf:2: cannot take 'sshd'"},
        Mistake{"ExcludeOfEverything", "[Host]\nExclude=*.service\n", "conf:2: cannot use '*.service'"},
        Mistake{"UrlWithoutTls", "[Zone]\nURL=http://zone.example\n", "conf:2: cannot use the zone's URL"},
        Mistake{"UrlOfAnotherScheme", "[Zone]\nURL=ftp://zone.example\n",
                "conf:2: cannot use the zone's URL"},
        Mistake{"UrlWithAPath", "[Zone]\nURL=https://zone.example/v1\n", "conf:2: cannot use the zone's URL"},
        Mistake{"UrlWithAUser", "[Zone]\nURL=https://me@zone.example\n", "conf:2: cannot use the zone's URL"},
        Mistake{"NoUrl", "[Zone]\nURL=zone.example:port\n", "conf:2: cannot use the zone's URL"},
        Mistake{"RelativePath", "[Zone]\nCAFile=ca.crt\n",
                "conf:2: cannot take CAFile=ca.crt: write an absolute path"},
        Mistake{"CertificateWithoutKey", "[Zone]\n\nCertificateFile=/c\n",
                "conf:3: cannot take only one of CertificateFile= and KeyFile="},
        Mistake{"KeyWithoutCertificate", "[Zone]\nCertificateFile=/c\nKeyFile=/k\nCertificateFile=\n",
                "conf:3: cannot take only one of"}),
    [](const testing::TestParamInfo<Mistake>& test) { return test.param.name; });
