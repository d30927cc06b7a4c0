// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/reader.hpp"

using namespace nova;
using config::Entry;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// What a small daemon would take.
struct Settings {
  std::string name;
  bool strict = false;
  long port = 0;
  std::vector<std::string> urls;

  config::Table table() {
    return {
        {{"Host", "NovaHost"},
         [this](const Entry& e) -> Result<void> {
           if (e.value.empty()) return fail(Errc::invalid_argument, "cannot take an empty NovaHost=");
           name = e.value;
           return {};
         }},
        {{"Host", "RequireReason"},
         [this](const Entry& e) -> Result<void> {
           const auto value = config::to_bool(e);
           if (!value) return std::unexpected(value.error());
           strict = *value;
           return {};
         }},
        {{"Zone", "Port"},
         [this](const Entry& e) -> Result<void> {
           const auto value = config::to_number(e, 1, 65535);
           if (!value) return std::unexpected(value.error());
           port = *value;
           return {};
         }},
        {{"Zone", "URL"},
         [this](const Entry& e) -> Result<void> {
           const auto words = config::to_words(e);
           if (words.empty()) urls.clear();
           urls.insert(urls.end(), words.begin(), words.end());
           return {};
         }},
    };
  }
};

/// The error that a text leads to, or "accepted".
std::string verdict(const std::string& text) {
  const auto entries = config::parse(text, "n.conf");
  if (!entries) return entries.error().message;
  Settings settings;
  const auto taken = config::dispatch(*entries, settings.table());
  return taken ? "accepted" : taken.error().message;
}

class Folder {
 public:
  Folder() {
    std::string pattern = "/tmp/nova-config-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST(Reader, TakesSectionsKeysCommentsAndIndentedLines) {
  const auto entries =
      config::parse("# comment\n[Host]\n  NovaHost = compute 1  \n\tRequireReason=yes\n; more\n", "n.conf");
  ASSERT_TRUE(entries);
  EXPECT_THAT(*entries, ElementsAre(Entry{"Host", "", "", "n.conf", 2},
                                    Entry{"Host", "NovaHost", "compute 1", "n.conf", 3},
                                    Entry{"Host", "RequireReason", "yes", "n.conf", 4}));
}

TEST(Reader, TakesAFileWithoutAFinalNewline) {
  EXPECT_EQ(verdict("[Host]\nNovaHost=compute1"), "accepted");
}

TEST(Reader, AnEmptyValueResetsAList) {
  const auto entries = config::parse("[Zone]\nURL=https://a https://b\nURL=\nURL=https://c\n", "n.conf");
  ASSERT_TRUE(entries);
  Settings settings;
  ASSERT_TRUE(config::dispatch(*entries, settings.table()));
  EXPECT_THAT(settings.urls, ElementsAre("https://c"));
}

TEST(Reader, DropInsComeAfterTheFileInTheOrderOfTheirNames) {
  const Folder folder;
  const auto file = folder.write("d.conf", "[Host]\nNovaHost=main\n");
  folder.write("d.conf.d/20-b.conf", "[Host]\nNovaHost=b\n");
  folder.write("d.conf.d/10-a.conf", "[Host]\nNovaHost=a\n");
  folder.write("d.conf.d/30-c.conf.dpkg-old", "[Host]\nNovaHost=ignored\n");
  const auto entries = config::read(file);
  ASSERT_TRUE(entries);
  Settings settings;
  ASSERT_TRUE(config::dispatch(*entries, settings.table()));
  EXPECT_EQ(settings.name, "b");
}

TEST(Reader, AMissingFileIsEmptyButItsDropInsCount) {
  const Folder folder;
  EXPECT_TRUE(config::read(folder.path() / "none.conf")->empty());
  folder.write("none.conf.d/a.conf", "[Host]\nNovaHost=a\n");
  EXPECT_EQ(config::read(folder.path() / "none.conf")->size(), 2U);
}

TEST(Mistake, InADropInIsNamedWithTheDropIn) {
  const Folder folder;
  const auto file = folder.write("d.conf", "[Host]\nNovaHost=main\n");
  const auto drop_in = folder.write("d.conf.d/10.conf", "\n[Host]\nNovaHots=a\n");
  const auto entries = config::read(file);
  ASSERT_TRUE(entries);
  Settings settings;
  const auto taken = config::dispatch(*entries, settings.table());
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message,
            drop_in.string() + ":3: cannot take NovaHots= in [Host]: unknown; did you mean NovaHost=?");
  EXPECT_EQ(taken.error().field, "Host.NovaHots");
}

TEST(Mistake, AFolderInPlaceOfTheFile) {
  const Folder folder;
  folder.write("d.conf/x", "");
  const auto entries = config::read(folder.path() / "d.conf");
  ASSERT_FALSE(entries);
  EXPECT_THAT(entries.error().message, HasSubstr("d.conf: cannot read: "));
}

TEST(Mistake, AFileOfMoreThanOneMebibyte) {
  const Folder folder;
  const auto file = folder.write("d.conf", std::string(1024 * 1024 + 1, '#'));
  EXPECT_THAT(config::read(file).error().message, HasSubstr("larger than 1 MiB"));
}

struct Case {
  const char* name;
  std::string text;
  std::string verdict;
};

class Mistakes : public testing::TestWithParam<Case> {};

TEST_P(Mistakes, AreRefusedWithFileAndLine) {
  EXPECT_EQ(verdict(GetParam().text), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind, Mistakes,
    testing::Values(
        Case{"UnknownSection", "[Hots]\nNovaHost=a\n",
             "n.conf:1: cannot take section [Hots]: unknown; did you mean [Host]?"},
        Case{"UnknownSectionWithoutKeys", "[Host]\nNovaHost=a\n[Metrics]\n",
             "n.conf:3: cannot take section [Metrics]: unknown"},
        Case{"UnknownKey", "[Host]\nSomething=1\n", "n.conf:2: cannot take Something= in [Host]: unknown"},
        Case{"WrongCase", "[Host]\nnovahost=a\n",
             "n.conf:2: cannot take novahost= in [Host]: unknown; did you mean NovaHost=?"},
        Case{"KeyOfAnotherSection", "[Host]\nPort=1\n", "n.conf:2: cannot take Port= in [Host]: unknown"},
        Case{"KeyBeforeAnySection", "NovaHost=a\n", "n.conf:1: cannot take NovaHost= before any [Section]"},
        Case{"NoEqualsSign", "[Host]\n\nNovaHost\n",
             "n.conf:3: cannot read this line: write [Section], Key=Value or # comment"},
        Case{"NoKey", "[Host]\n=value\n", "n.conf:2: cannot take a line without a key: write Key=Value"},
        Case{"OpenBracket", "[Host\nNovaHost=a\n",
             "n.conf:1: cannot read this line: write [Section], Key=Value or # comment"},
        Case{"RefusedByItsConsumer", "[Host]\nNovaHost=\n", "n.conf:2: cannot take an empty NovaHost="},
        Case{"NoBoolean", "[Host]\nRequireReason=perhaps\n",
             "n.conf:2: cannot read RequireReason=perhaps: write yes or no"},
        Case{"NoNumber", "[Zone]\nPort=https\n",
             "n.conf:2: cannot read Port=https: write a number from 1 to 65535"},
        Case{"NumberWithATail", "[Zone]\nPort=80x\n",
             "n.conf:2: cannot read Port=80x: write a number from 1 to 65535"},
        Case{"NumberTooLarge", "[Zone]\nPort=65536\n",
             "n.conf:2: cannot read Port=65536: write a number from 1 to 65535"},
        Case{"NumberBeyondAnyInteger", "[Zone]\nPort=99999999999999999999\n",
             "n.conf:2: cannot read Port=99999999999999999999: write a number from 1 to 65535"},
        Case{"NoUtf8", "[Host]\nNovaHost=a\xff\n",
             "n.conf:2: cannot read this line: it must be valid UTF-8 without NUL bytes"},
        Case{"NulByte", std::string("[Host]\nNovaHost=a\0b\n", 20),
             "n.conf:2: cannot read this line: it must be valid UTF-8 without NUL bytes"},
        Case{"LongLine", "[Host]\nNovaHost=" + std::string(5000, 'x') + "\n",
             "n.conf:2: cannot read a line of more than 198 bytes: repeat the key to add to a list"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });
