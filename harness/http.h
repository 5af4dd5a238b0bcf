#pragma once

#include <cstdint>
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
    answered,
  };
  Fate fate = Fate::lost;
  int status = 0;  // Of an answer: 200 ...
  std::string body{};
  std::string error{};  // Why, unless answered.
};

// An HTTP/1.1 client on one connection. It sends each request once and never
// again, whatever happens: libraries that re-send a POST on a dead keep-alive
// connection turn one mutation into two.
//
// A kept-alive connection that the server has closed is noticed before the first
// byte is written, and answers not_sent; the caller may then dial anew. After
// anything but an answer the connection is closed: a late answer can never be
// taken for the next request's.
class HttpConnection {
 public:
  // `host` goes into the Host header.
  HttpConnection(Fd connected, std::string host)
      : socket_(std::move(connected)), host_(std::move(host)) {}

  bool open() const { return static_cast<bool>(socket_); }
  HttpResult post(std::string_view path, std::string_view json, Deadline deadline);

 private:
  struct Answer;
  bool stale() const;
  bool wait_for(short events, Deadline deadline) const;
  bool send_all(std::string_view bytes, Deadline deadline, bool& any_sent, std::string& why);
  bool receive(std::string& buffer, Deadline deadline, std::string& why);
  bool read_answer(HttpResult& result, Deadline deadline, std::string& why, bool& keep);
  bool read_body(std::string& rest, const Answer& answer, HttpResult& result, Deadline deadline,
                 std::string& why);
  bool read_chunks(std::string& rest, HttpResult& result, Deadline deadline, std::string& why);

  Fd socket_;
  std::string host_;
};

}  // namespace clew
