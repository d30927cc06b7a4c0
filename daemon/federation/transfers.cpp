// SPDX-License-Identifier: Apache-2.0
#include "daemon/federation/transfers.hpp"

#include <curl/curl.h>
#include <systemd/sd-event.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include "pki/address.hpp"
#include "rest/protocol/gzip.hpp"
#include "rest/protocol/messages.hpp"

namespace nova::federation {
namespace {

constexpr long connect_ms = 3'000;
constexpr long stalled_s = 5;  // a transfer in which nothing moves for so long is given up

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeSource {
  void operator()(sd_event_source* source) const { sd_event_source_disable_unref(source); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Source = std::unique_ptr<sd_event_source, FreeSource>;

/// One request under way.
struct Transfer {
  std::unique_ptr<CURL, FreeEasy> easy;
  std::unique_ptr<curl_slist, FreeList> headers;
  std::string sent;
  HttpReply reply;
  std::array<char, CURL_ERROR_SIZE> trouble{};
  Transfers::Done done;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* to) {
  auto& body = static_cast<Transfer*>(to)->reply.body;
  if (body.size() + size > protocol::max_body) return 0;  // libcurl ends the transfer
  body.append(data, size);
  return size;
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

void add_header(Transfer& transfer, const char* line) {
  transfer.headers.reset(curl_slist_append(transfer.headers.release(), line));
}

void set_body(Transfer& transfer, std::string body) {
  const bool compress = body.size() >= protocol::compress_from;
  transfer.sent = compress ? protocol::gzip(body) : std::move(body);
  add_header(transfer, "Content-Type: application/json");
  add_header(transfer, "Expect:");  // no 100-continue: one round trip less
  if (compress) add_header(transfer, "Content-Encoding: gzip");
  CURL* easy = transfer.easy.get();
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.sent.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(transfer.sent.size()));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, stalled_s);
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The machine's own list as one file, where libcurl was built to have no directory of it.
std::string machines_list() {
  const std::unique_ptr<CURL, FreeEasy> easy(curl_easy_init());
  const char* directory = nullptr;
  const char* file = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_CAPATH, &directory);
  curl_easy_getinfo(easy.get(), CURLINFO_CAINFO, &file);
  return directory == nullptr && file != nullptr ? read_text(file) : "";
}

/// Whom to believe, as one text; "" where files.ca alone says it, or the machine's own list does.
std::string authorities(const TlsFiles& files) {
  const std::string learned = files.learned_ca.empty() ? "" : read_text(files.learned_ca);
  if (learned.empty()) return "";
  return (files.ca.empty() ? machines_list() : read_text(files.ca)) + "\n" + learned;
}

void set_tls(CURL* easy, const TlsFiles& files, std::string& believed) {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  if (!believed.empty()) {
    curl_blob blob{believed.data(), believed.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  } else if (!files.ca.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, files.ca.c_str());
  }
  // Or the machine's own list would be believed besides: it is, where nobody is named in its place.
  if (!files.ca.empty()) curl_easy_setopt(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);  // a new CA counts from the next connection on
  // Not enrolled yet: the zone's answer says it better than TLS would.
  std::error_code ignored;
  if (files.certificate.empty() || !std::filesystem::exists(files.certificate, ignored)) return;
  curl_easy_setopt(easy, CURLOPT_SSLCERT, files.certificate.c_str());
  curl_easy_setopt(easy, CURLOPT_SSLKEY, files.key.c_str());
}

void set_up(Transfer& transfer, HttpRequest request, const TlsFiles& files, std::string& believed) {
  CURL* easy = transfer.easy.get();
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // the environment's proxies are not meant for us
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16L * 1024);  // the smallest
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.longest.count()));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.trouble.data());
  set_tls(easy, files, believed);
  if (request.post) set_body(transfer, std::move(request.body));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
}

/// libcurl's own words, without those that differ at every attempt ("after 3002 ms").
std::string explain(CURLcode result, const char* details) {
  const bool varies = result == CURLE_COULDNT_CONNECT || result == CURLE_OPERATION_TIMEDOUT;
  return *details == '\0' || varies ? curl_easy_strerror(result) : details;
}

}  // namespace

Result<void> check_zone_url(const std::string& url) {
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  const auto refuse = [&](const std::string& why) {
    return fail(Errc::invalid_argument, "cannot use the zone's URL \"" + url + "\": " + why, "URL");
  };
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return refuse("write https://HOST:PORT");
  const std::string scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  std::string host = part_of(parsed.get(), CURLUPART_HOST);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const bool here = host == "localhost" || pki::is_loopback(host);  // a name could be anybody's
  if (scheme != "https" && !(scheme == "http" && here))
    return refuse("it must begin with https:// (http:// reaches this machine only)");
  const std::string path = part_of(parsed.get(), CURLUPART_PATH);
  const bool more = !part_of(parsed.get(), CURLUPART_QUERY).empty() ||
                    !part_of(parsed.get(), CURLUPART_FRAGMENT).empty() ||
                    !part_of(parsed.get(), CURLUPART_USER).empty();
  if (path != "/" || more) return refuse("write https://HOST:PORT and nothing after it");
  return {};
}

struct Transfers::Impl {
  sd_event* loop;
  TlsFiles files;
  std::string believed;  // PEM, see authorities()
  Id last = 0;
  std::map<Id, std::unique_ptr<Transfer>> running;
  std::vector<std::unique_ptr<CURL, FreeEasy>> spare;  // they keep TLS sessions
  std::map<curl_socket_t, Source> sockets;
  Source timer;
  std::unique_ptr<CURLM, FreeMulti> multi;

  Impl(sd_event* event_loop, TlsFiles tls)
      : loop(event_loop), files(std::move(tls)), believed(authorities(files)) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    sd_event_source* source = nullptr;
    sd_event_add_time(loop, &source, CLOCK_MONOTONIC, 0, 1'000, on_timer, this);
    timer.reset(source);
    sd_event_source_set_enabled(source, SD_EVENT_OFF);
    multi.reset(curl_multi_init());
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, 4L);
  }
  ~Impl() {
    for (auto& [id, transfer] : running) curl_multi_remove_handle(multi.get(), transfer->easy.get());
    multi.reset();  // calls on_socket for the connections that it closes
    curl_global_cleanup();
  }

  /// libcurl wants to hear of a socket, or no more.
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    auto& impl = *static_cast<Impl*>(self);
    if (what == CURL_POLL_REMOVE) {
      impl.sockets.erase(socket);
      return 0;
    }
    const std::uint32_t events =
        (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    if (const auto known = impl.sockets.find(socket); known != impl.sockets.end())
      return sd_event_source_set_io_events(known->second.get(), events) < 0 ? -1 : 0;
    sd_event_source* source = nullptr;
    if (sd_event_add_io(impl.loop, &source, socket, events, on_io, self) < 0) return -1;
    impl.sockets.emplace(socket, Source(source));
    return 0;
  }
  /// libcurl wants to be called after a time, or not any more (-1).
  static int on_timeout(CURLM*, long ms, void* self) {
    sd_event_source* source = static_cast<Impl*>(self)->timer.get();
    if (ms >= 0) sd_event_source_set_time_relative(source, static_cast<std::uint64_t>(ms) * 1000);
    sd_event_source_set_enabled(source, ms >= 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
    return 0;
  }
  static int on_io(sd_event_source*, int fd, std::uint32_t events, void* self) {
    const int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                     (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    static_cast<Impl*>(self)->advance(fd, what);
    return 0;
  }
  static int on_timer(sd_event_source*, std::uint64_t, void* self) {
    static_cast<Impl*>(self)->advance(CURL_SOCKET_TIMEOUT, 0);
    return 0;
  }

  void advance(curl_socket_t socket, int what) {
    int active = 0;
    curl_multi_socket_action(multi.get(), socket, what, &active);
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi.get(), &left))
      if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
  }

  void finish(CURL* easy, CURLcode result) {
    const auto found =
        std::ranges::find_if(running, [&](const auto& e) { return e.second->easy.get() == easy; });
    if (found == running.end()) return;
    const auto transfer = std::move(found->second);
    running.erase(found);
    long status = 0;
    if (result == CURLE_OK) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->reply.status = static_cast<int>(status);
    if (result != CURLE_OK) transfer->reply.trouble = explain(result, transfer->trouble.data());
    recycle(*transfer);
    transfer->done(transfer->reply);
  }

  void recycle(Transfer& transfer) {
    curl_multi_remove_handle(multi.get(), transfer.easy.get());
    curl_easy_reset(transfer.easy.get());
    spare.push_back(std::move(transfer.easy));
  }
};

Transfers::Transfers(sd_event* loop, TlsFiles files)
    : impl_(std::make_unique<Impl>(loop, std::move(files))) {}

Transfers::~Transfers() = default;

Transfers::Id Transfers::start(HttpRequest request, Done done) {
  auto transfer = std::make_unique<Transfer>();
  if (impl_->spare.empty()) {
    transfer->easy.reset(curl_easy_init());
  } else {
    transfer->easy = std::move(impl_->spare.back());
    impl_->spare.pop_back();
  }
  transfer->done = std::move(done);
  set_up(*transfer, std::move(request), impl_->files, impl_->believed);
  CURL* easy = transfer->easy.get();
  impl_->running[++impl_->last] = std::move(transfer);
  curl_multi_add_handle(impl_->multi.get(), easy);
  return impl_->last;
}

void Transfers::cancel(Id id) {
  const auto found = impl_->running.find(id);
  if (found == impl_->running.end()) return;
  const auto transfer = std::move(found->second);
  impl_->running.erase(found);
  impl_->recycle(*transfer);
}

}  // namespace nova::federation
