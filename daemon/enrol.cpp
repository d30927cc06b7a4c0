// SPDX-License-Identifier: Apache-2.0
#include "daemon/enrol.hpp"

#include <curl/curl.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <nlohmann/json.hpp>

#include "daemon/federation/identity.hpp"
#include "daemon/store/file_store.hpp"
#include "model/hold_set.hpp"
#include "pki/file.hpp"
#include "rest/protocol/enrolment.hpp"
#include "rest/protocol/json_text.hpp"

namespace nova {
namespace {

constexpr long connect_ms = 5'000;
constexpr long whole_ms = 30'000;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What a zone said; status 0: nothing, and why.
struct Said {
  long status = 0;
  std::string body;
  std::string trouble;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* to) {
  auto& body = static_cast<Said*>(to)->body;
  if (body.size() + size > protocol::max_enrolment_body) return 0;  // libcurl ends the transfer
  body.append(data, size);
  return size;
}

Said post(const std::string& url, const std::filesystem::path& ca_file, const std::string& body) {
  Said said;
  const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
  const std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"));
  std::array<char, CURL_ERROR_SIZE> details{};
  CURL* handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // a proxy has no business with the token
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  if (!ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr));  // nor the machine's own list
  }
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, whole_ms);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &said);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, details.data());
  const CURLcode result = curl_easy_perform(handle);
  if (result == CURLE_OK)
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &said.status);
  else
    said.trouble = details[0] != '\0' ? details.data() : curl_easy_strerror(result);
  return said;
}

/// The sentence in a fault of the zone ({"forbidden": {"message": …}}), or the beginning of the body.
std::string fault_text(const std::string& body) {
  if (const auto fault = protocol::parse_json(body, protocol::max_enrolment_body);
      fault && fault->is_object() && !fault->empty() && fault->front().is_object() &&
      fault->front().contains("message") && fault->front()["message"].is_string())
    return fault->front()["message"].get<std::string>();
  return body.substr(0, 200);
}

/// Asks one URL after the other, until one answers at all: an answer is the zone's, whatever it says.
Result<protocol::CertificateAnswer> ask(const EnrolOptions& options, const std::string& body) {
  std::string troubles;
  for (const std::string& url : options.urls) {
    const Said said = post(url + "/federation/v1/enrol", options.ca_file, body);
    if (said.status == 200) return protocol::decode_certificate_answer(said.body);
    // A front whose zone is not there answers for itself; another URL may do better.
    if (said.status != 0 && said.status < 500)
      return fail(Errc::access_denied,
                  url + " answered " + std::to_string(said.status) + ": " + fault_text(said.body));
    troubles += "\n  " + url + ": " +
                (said.status == 0 ? said.trouble : std::to_string(said.status) + " " + fault_text(said.body));
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
