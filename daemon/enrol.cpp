// SPDX-License-Identifier: Apache-2.0
#include "daemon/enrol.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "daemon/federation/fault_text.hpp"
#include "daemon/federation/identity.hpp"
#include "daemon/federation/transfers.hpp"
#include "daemon/store/file_store.hpp"
#include "model/hold_set.hpp"
#include "pki/file.hpp"
#include "rest/protocol/enrolment.hpp"

namespace nova {
namespace {

constexpr Millis longest{30'000};

struct FreeLoop {
  void operator()(sd_event* loop) const { sd_event_unref(loop); }
};

/// One request, waited for.
federation::HttpReply post(const std::string& url, const std::filesystem::path& ca_file,
                           const std::string& body) {
  sd_event* made = nullptr;
  if (const int r = sd_event_new(&made); r < 0)
    return {.trouble = "no event loop: " + std::generic_category().message(-r)};
  const std::unique_ptr<sd_event, FreeLoop> loop(made);
  federation::Transfers transfers(loop.get(), {.ca = ca_file});
  federation::HttpReply reply;
  transfers.start({.url = url, .post = true, .body = body, .longest = longest},
                  [&](const federation::HttpReply& came) {
                    reply = came;
                    sd_event_exit(loop.get(), 0);
                  });
  sd_event_loop(loop.get());
  return reply;
}

/// Asks one URL after the other, until one answers at all: an answer is the zone's, whatever it says.
Result<protocol::CertificateAnswer> ask(const EnrolOptions& options, const std::string& body) {
  std::string troubles;
  for (const std::string& url : options.urls) {
    const auto said = post(url + "/federation/v1/enrol", options.ca_file, body);
    if (said.status == 200) return protocol::decode_certificate_answer(said.body);
    // A front whose zone is not there answers for itself; another URL may do better.
    if (said.status != 0 && said.status < 500)
      return fail(Errc::access_denied,
                  url + " answered " + std::to_string(said.status) + ": " + federation::fault_text(said));
    troubles +=
        "\n  " + url + ": " +
        (said.status == 0 ? said.trouble : std::to_string(said.status) + " " + federation::fault_text(said));
  }
  return fail(Errc::unavailable, "cannot reach the zone; see URL= and CAFile= in [Zone]" + troubles);
}

Result<std::string> first_line(const std::filesystem::path& file) {
  auto text = pki::read_file(file, 4096);
  if (!text) return text;
  text->erase(std::min(text->find_first_of("\r\n"), text->size()));
  if (text->empty())
    return fail(Errc::invalid_argument, "cannot enrol: the first line of " + file.string() +
                                            " has to be what novazoned --join-token printed");
  return text;
}

/// The daemon has to read what is written here.
Result<void> become_owner_of(const std::filesystem::path& state) {
  struct stat info {};
  if (::geteuid() != 0 || ::stat(state.c_str(), &info) != 0 || info.st_uid == 0) return {};
  if (::setgroups(0, nullptr) == 0 && ::setgid(info.st_gid) == 0 && ::setuid(info.st_uid) == 0) return {};
  return fail(Errc::internal,
              "cannot become the owner of " + state.string() + ": " + std::generic_category().message(errno));
}

/// What the state directory says, and whether it may be changed.
struct Present {
  std::unique_ptr<store::Disk> disk;  ///< null while a daemon works there
  Uuid host;
  bool holds = false;
  std::string notice;
};

Result<Present> look_at_running(const std::filesystem::path& state) {
  auto text = pki::read_file(state / "host-id", 4096);
  if (!text) return std::unexpected(text.error());
  text->erase(std::min(text->find_first_of(" \r\n"), text->size()));
  const auto id = parse_uuid(*text, "host-id");
  if (!id) return std::unexpected(id.error());
  return Present{nullptr, *id, false, ""};
}

Result<Present> look_at(const std::filesystem::path& state, WallTime now) {
  auto disk = store::open_disk(state);
  if (!disk && disk.error().code == Errc::conflict) return look_at_running(state);
  if (!disk) return std::unexpected(disk.error());
  Uuid host;
  bool holds = false;
  std::string notice;
  {
    const auto store = store::FileStore::open(*std::move(disk), now, random_uuid);
    if (!store) return std::unexpected(store.error());
    const auto saved = (*store)->load();
    if (!saved) return std::unexpected(saved.error());
    HoldSet set(saved->born);
    set.apply(saved->holds);
    host = (*store)->host_id();
    holds = !set.active().empty();
    notice = (*store)->notice();
  }
  disk = store::open_disk(state);
  if (!disk) return std::unexpected(disk.error());
  return Present{*std::move(disk), host, holds, notice};
}

}  // namespace

Result<void> enrol(const EnrolOptions& options, WallTime now) {
  const auto identity = federation::Identity::open(options.pki_directory);
  if (!identity) return std::unexpected(identity.error());
  const auto csr = identity->request(options.name);
  if (!csr) return std::unexpected(csr.error());
  const auto answer = ask(options, protocol::encode(protocol::EnrolRequest{.token = options.token,
                                                                           .name = options.name,
                                                                           .host = options.host,
                                                                           .keep_id = options.keep_id,
                                                                           .csr = *csr}));
  if (!answer) return std::unexpected(answer.error());
  // The id before the certificate: interrupted in between, the host asks again with the key that still waits.
  if (answer->host != options.host)
    if (auto taken = options.take_id(answer->host); !taken) return taken;
  return identity->adopt(answer->certificate, answer->ca, options.name, answer->host, now);
}

Result<std::string> enrol_host(const std::filesystem::path& state, const std::filesystem::path& token_file,
                               EnrolOptions options, WallTime now) {
  if (options.urls.empty())
    return fail(Errc::invalid_argument, "cannot enrol: no zone is configured; set URL= in [Zone]",
                "Zone.URL");
  auto token = first_line(token_file);
  if (!token) return token;
  if (auto owner = become_owner_of(state); !owner) return std::unexpected(owner.error());
  const auto present = look_at(state, now);
  if (!present) return std::unexpected(present.error());
  options.token = *std::move(token);
  options.pki_directory = state / "pki";
  options.host = present->host;
  options.keep_id = present->holds || !present->disk;
  std::string told = options.name + " is enrolled";
  if (!present->notice.empty()) told += "; " + present->notice;
  options.take_id = [&](const Uuid& id) -> Result<void> {
    if (!present->disk)  // the zone was told so
      return fail(Errc::conflict,
                  "cannot take host id " + to_string(id) + " from the zone: novahostd is running");
    told += ", and has its former host id " + to_string(id) + " again";
    return store::FileStore::set_host_id(*present->disk, id);
  };
  if (auto done = enrol(options, now); !done) return std::unexpected(done.error());
  return told + (present->disk ? "; start novahostd.service" : "; restart novahostd.service");
}

}  // namespace nova
