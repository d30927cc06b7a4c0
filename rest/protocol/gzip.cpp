// SPDX-License-Identifier: Apache-2.0
#include "rest/protocol/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace nova::protocol {
namespace {

constexpr int gzip_window = 15 + 16;  // zlib.h: 16 more asks for gzip's frame

Bytef* bytes_of(std::string_view text) {
  // zlib's input pointer is not const in its older declarations; it only reads.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

bool is_gzip(std::string_view body) {
  return body.starts_with("\x1f\x8b");
}

std::string gzip(std::string_view body) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = bytes_of(body);
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = bytes_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<std::string> gunzip(std::string_view body, std::size_t max_bytes) {
  z_stream stream{};
  inflateInit2(&stream, gzip_window);
  stream.next_in = bytes_of(body);
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= max_bytes) {
    std::array<char, 16 * 1024> chunk;
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  const bool more = stream.avail_in > 0;
  inflateEnd(&stream);
  if (out.size() > max_bytes)
    return fail(Errc::too_large, "cannot read the body: it is larger than " + std::to_string(max_bytes) +
                                     " bytes when decompressed");
  if (state != Z_STREAM_END || more)
    return fail(Errc::invalid_argument, "cannot read the body: its gzip data is broken or cut off");
  return out;
}

}  // namespace nova::protocol
