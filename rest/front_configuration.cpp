// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include "rest/front.hpp"

namespace nova::zone {
namespace {

constexpr std::string_view whole =
    R"nginx(# Written by novazoned at each of its starts; changes are lost. See [Front] in novazoned.conf(5).
@user@daemon off;
pid @directory@/nginx.pid;
error_log stderr error; # a warning would tell of every large body
worker_processes @workers@;
worker_shutdown_timeout 2s; # whatever is parked has been answered before (novazoned-front.service)
events {
  worker_connections 32768; # more than twice the parked requests, should they all come to one worker
}
http {
  access_log off;
  server_tokens off;
  default_type application/octet-stream;
  sendfile on;
  tcp_nopush on;
  client_body_temp_path @directory@/tmp/body;
  proxy_temp_path @directory@/tmp/proxy;
  fastcgi_temp_path @directory@/tmp/fastcgi;
  uwsgi_temp_path @directory@/tmp/uwsgi;
  scgi_temp_path @directory@/tmp/scgi;

  # What clients may take: the server library behind us has no patience of its own.
  client_header_timeout 15s;
  client_body_timeout 30s;
  send_timeout 60s;
  keepalive_timeout 75s;
  keepalive_requests 100000;
  large_client_header_buffers 4 16k;
  client_max_body_size 64k; # below the library's limit, behind which it would read a rest as a new request
  client_body_buffer_size 64k;

  gzip on;
  gzip_comp_level 1;
  gzip_min_length 1400;
  gzip_proxied any;
  gzip_vary on;
  gzip_types application/json application/yaml;

  # What an address may have under way: plenty for a site behind one address, too little to fill the memory.
  limit_conn_zone $binary_remote_addr zone=nova_address:10m;
  limit_conn_status 429;
  limit_conn_log_level notice;

  # It sends a body to HEAD: ask it for GET and leave the body away here.
  map $request_method $nova_method { default $request_method; HEAD GET; }
  # Only requests that carry no body share connections. All others get one of their own, so that no rest of a
  # body can ever stand before another client's request; and threads of their own, since they may wait for the
  # disk.
  map "$request_method $content_length $http_transfer_encoding" $nova_upstream {
    default novazoned_bodies;
    "GET  " novazoned;
    "GET 0 " novazoned;
    "HEAD  " novazoned;
    "HEAD 0 " novazoned;
  }

  upstream novazoned_bodies { server 127.0.0.1:@body_backend@; }
  upstream novazoned {
    server 127.0.0.1:@backend@;
    keepalive 64;
    keepalive_requests 1000000;
    keepalive_timeout 60s; # before the library closes them
  }

  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;
  ssl_session_cache shared:novazone:20m;
  ssl_session_timeout 1h;
  ssl_session_tickets off;
  ssl_certificate @directory@/tls/server.crt;
  ssl_certificate_key @directory@/tls/server.key;
  ssl_client_certificate @directory@/tls/client-ca.crt;
  ssl_verify_client optional;
  ssl_verify_depth 3;

  proxy_http_version 1.1;
  proxy_method $nova_method;
  proxy_connect_timeout 5s;
  proxy_send_timeout 30s;
  proxy_read_timeout 150s; # longer than anything may be parked
  proxy_buffering on; # a reader that stalls would make a thread of the library spin
  proxy_buffer_size 16k;
  proxy_buffers 16 32k;
  proxy_request_buffering on; # a chunked body could make it loop for ever
  proxy_ignore_client_abort on; # a parked answer to a client that left could reach another one
  max_ranges 0;
  recursive_error_pages on; # a certificate that is not believed leads to a 401
  # Only these headers pass: some others end in errors of the library, and none may claim to be ours. The first
  # line and Host are always the same; what was asked for stands beside the secret, where it cannot be forged.
  proxy_pass_request_headers off;
  proxy_set_header Host novazoned;
  proxy_set_header Connection "";
  proxy_set_header X-Auth-Token $http_x_auth_token;
  proxy_set_header If-None-Match $http_if_none_match;
  proxy_set_header Prefer $http_prefer;
  proxy_set_header X-Nova-Content-Type $content_type; # which the library would read, and refuse, by itself
  proxy_set_header X-Nova-Front "@secret@ $nova_asked";
  proxy_set_header X-Nova-Again $nova_again;
  proxy_set_header X-Nova-Denied $nova_denied;
  proxy_set_header X-Nova-Remote $remote_addr;
  proxy_set_header X-Nova-Client-Verify $ssl_client_verify;
  proxy_set_header X-Nova-Client-Cert $ssl_client_escaped_cert;

  server {
@listen@    server_name _;

    # The library answers a method that it does not know before it has read the body, whose rest it takes for
    # the next request. Nothing that it cannot read may reach it.
    if ($request_method !~ "^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$") { return 405; }
    set $nova_asked "$nova_method $request_uri";
    set $nova_again "";
    set $nova_denied "";

    location / {
      limit_conn nova_address 1000;
      proxy_pass http://$nova_upstream/;
    }
    # Whoever is no host of the zone is told so before a body is read.
    location /federation/v1/ {
      if ($ssl_client_verify != SUCCESS) { rewrite ^ /.stranger last; }
      client_max_body_size 8m;
      client_body_buffer_size 1m;
      proxy_pass http://$nova_upstream/;
    }
    location = /federation/v1/enrol {
      limit_conn nova_address 100;
      proxy_pass http://$nova_upstream/;
    }
    # The REST door hears of the attempt, without its body, and writes it to the journal.
    location = /.stranger {
      internal;
      client_max_body_size 0;
      auth_request /.denied;
      error_page 401 /.fault/401;
      error_page 500 =503 /.fault/502;
    }
    location = /.untrusted {
      internal;
      client_max_body_size 0;
      auth_request /.denied;
      error_page 401 /.fault/495;
      error_page 500 =503 /.fault/502;
    }
    location = /.denied {
      internal;
      client_max_body_size 0;
      set $nova_asked "GET /";
      set $nova_denied $request;
      proxy_method GET;
      proxy_set_body ""; # and its length with it
      proxy_pass http://novazoned_bodies/;
    }
    # A large body that the REST door has written here, under its tag and request id.
    location /.cache/ {
      internal;
      alias @directory@/cache/;
      types { }
      default_type application/json;
      etag off;
      if_modified_since off;
      add_header Last-Modified "";
      add_header ETag $upstream_http_etag;
      add_header Cache-Control $upstream_http_cache_control;
      add_header X-Openstack-Request-Id $upstream_http_x_openstack_request_id;
      log_not_found off;
      error_page 404 = @again; # newer ones have taken its place: ask again
      error_page 412 /.fault/412;
    }
    # Asked again for a body that may have gone the same way: this time in the answer itself.
    location @again {
      set $nova_again yes;
      proxy_pass http://$nova_upstream/;
    }

@faults@  }
}
)nginx";

struct OwnFault {
  std::string_view codes;
  std::string_view status;
  std::string_view name;
  std::string_view message;
  std::string_view header{};  // name and value of one more, or nothing
};

// Answers of nginx itself, in Nova's form as well.
constexpr std::array own_faults{
    OwnFault{"400 494 501 505", "400", "badRequest",
             "The request or its headers cannot be read, or are too large."},
    OwnFault{
        "401", "401", "unauthorized",
        "Only hosts of this zone are heard here: connect with a certificate of its CA (novahostd --enrol).",
        "WWW-Authenticate 'X-Auth-Token realm=\"nova-services\"'"},
    OwnFault{"403", "403", "forbidden", "This may not be had."},
    OwnFault{"404", "404", "itemNotFound", "The resource could not be found."},
    OwnFault{"405", "405", "badMethod", "This API knows the methods GET, HEAD, POST and DELETE.",
             "Allow 'GET, HEAD, POST, DELETE'"},
    OwnFault{"408", "408", "requestTimeout", "The request took too long to arrive."},
    OwnFault{"411", "411", "badRequest", "The request needs a Content-Length."},
    OwnFault{"412", "412", "preconditionFailed", "It is not as your request wants it to be."},
    OwnFault{"413", "413", "overLimit",
             "The body is too large: at most 64 KiB are taken here, 8 MiB where hosts report."},
    OwnFault{"414", "414", "badRequest", "The path is too long."},
    OwnFault{"416", "416", "badRequest", "Parts of a resource are not sent."},
    OwnFault{"429", "429", "overLimit", "Too many requests of this address are under way.", "Retry-After 1"},
    OwnFault{
        "495 496", "401", "unauthorized",
        "The client certificate is not valid here: no CA of this zone has signed it, or it has run out."},
    OwnFault{"497", "400", "badRequest", "This port speaks HTTPS: begin the URL with https://."},
    OwnFault{"500", "500", "computeFault", "The front cannot answer; see journalctl -u novazoned-front."},
    OwnFault{"502 503 504", "503", "serviceUnavailable",
             "The zone does not answer now; ask again in a moment.", "Retry-After 1"},
};

std::string fault_locations() {
  std::string text;
  for (const OwnFault& fault : own_faults) {
    // A path, since a request that could not be read has none, and nginx takes no named location for it.
    const std::string place = "/.fault/" + std::string(fault.codes.substr(0, 3));
    text.append("    error_page ").append(fault.codes).append(" =").append(fault.status);
    // A certificate that is not believed is told to the door first.
    text.append(" ").append(fault.codes.starts_with("495") ? "/.untrusted" : place);
    text.append(";\n    location = ").append(place);
    text += " {\n      internal;\n      client_max_body_size 0;\n      default_type application/json;\n";
    text += "      add_header X-Openstack-Request-Id req-$request_id always;\n";
    if (!fault.header.empty()) text.append("      add_header ").append(fault.header).append(" always;\n");
    text.append("      return ").append(fault.status).append(" '{\"").append(fault.name);
    text.append("\":{\"code\":").append(fault.status).append(",\"message\":\"").append(fault.message);
    text += "\"}}';\n    }\n";
  }
  return text;
}

std::string listen_lines(const std::vector<std::string>& listen) {
  std::string text;
  for (const auto& address : listen) {
    text.append("    listen ").append(address).append(" ssl backlog=4096");
    text.append(address.starts_with('[') ? " ipv6only=on;\n" : ";\n");
  }
  return text;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::string front_configuration(const FrontSettings& settings) {
  std::string text(whole);
  // In its unit, LimitNOFILE= says so, and the sandbox lets nobody set limits.
  replace_all(text, "@user@", settings.as_root ? "user root;\nworker_rlimit_nofile 65536;\n" : "");
  replace_all(text, "@listen@", listen_lines(settings.listen));
  replace_all(text, "@faults@", fault_locations());
  replace_all(text, "@workers@", std::to_string(settings.workers));
  replace_all(text, "@directory@", settings.directory.string());
  replace_all(text, "@backend@", std::to_string(settings.backend_port));
  replace_all(text, "@body_backend@", std::to_string(settings.backend_port + 1));
  replace_all(text, "@secret@", settings.secret);
  return text;
}

}  // namespace nova::zone
