#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "harness/clock.h"
#include "harness/fd.h"

namespace clew {

// What became of one request.
struct HttpResult {
  enum class Fate : std::uint8_t {
    not_sent,  // Certainly not one byte left: the server knows nothing of it.
    lost,      // Something was sent and no complete answer came: anything may have happened.
    answered,  // `status` and `body` hold a whole, well-formed answer.
  };
  Fate fate = Fate::lost;
  int status = 0;
  std::string body{};
  std::string error{};  // Why, unless answered.
};

// What an answer may take. One that takes more is malformed.
struct HttpLimits {
  std::size_t header_bytes = std::size_t{16}
                             << 10;  // Also of the sizes and trailers of a chunked body.
  std::size_t body_bytes = std::size_t{4} << 20;
};

// One HTTP/1.1 connection: one request at a time, kept alive between them.
//
// It never sends a request twice and never dials: a test harness that re-sends a
// compare-and-set on its own initiative would report the second outcome of an
// operation that took place at the first. Only `not_sent` allows the caller to try
// again, on another connection.
//
// A server closes kept-alive connections when it likes. This is looked for right
// before the first byte is written, and answers `not_sent`. If the server closes
// later than that, the request is `lost`, as it has to be.
//
// An answer without a length (its end marked by closing) is refused: nobody could
// tell it from one that was cut short.
class HttpConnection {
 public:
  // `fd`: connected and non-blocking. `host`: for the Host header, "10.88.0.1:2379".
  HttpConnection(Fd fd, std::string host, HttpLimits limits = {});

  // Return by `deadline`; `not_sent` where the connection is not open().
  HttpResult get(std::string_view path, Deadline deadline);
  HttpResult post(std::string_view path, std::string_view json, Deadline deadline);
  // For answers without an end: `on_piece` gets each chunk as it comes, until the
  // deadline or the server ends it. The result's body is empty.
  HttpResult stream(std::string_view path, std::string_view json, Deadline deadline,
                    const std::function<void(std::string_view)>& on_piece);

  // False once the server said or did anything after which a further request could
  // not be trusted: no answer, "Connection: close", bytes that nobody asked for.
  bool open() const { return static_cast<bool>(fd_); }

 private:
  HttpResult exchange(std::string_view request, Deadline deadline,
                      const std::function<void(std::string_view)>& on_piece = {});

  Fd fd_;
  std::string host_;
  HttpLimits limits_;
};

}  // namespace clew
