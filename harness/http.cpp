#include "harness/http.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <optional>
#include <utility>

#include "harness/error.h"

namespace clew {
namespace {

// Why an exchange cannot go on. Never leaves this file.
struct Broken {
  std::string why;
};

// Waits until `fd` has one of `events` (or an error, which the next call on it reports).
bool wait_for(int fd, short events, Deadline deadline) {
  for (;;) {
    const Nanos rest = left(deadline);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(rest);
    timespec timeout{};
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = (rest - seconds).count();
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    const int ready = ::ppoll(&entry, 1, &timeout, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw Broken{errno_text("poll", errno)};
  }
}

// Between two requests a sound connection is silent. Readable means that the server closed it,
// or talks out of turn.
bool is_silent(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN | POLLRDHUP, .revents = 0};
  int ready = 0;
  do ready = ::poll(&entry, 1, 0);
  while (ready < 0 && errno == EINTR);
  return ready == 0;
}

// Writes all of `bytes`. `written` tells how many the kernel took, also when it throws.
void write_all(int fd, std::string_view bytes, Deadline deadline, std::size_t& written) {
  while (written < bytes.size()) {
    const ssize_t n =
        ::send(fd, bytes.data() + written, bytes.size() - written, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      written += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!wait_for(fd, POLLOUT, deadline)) throw Broken{"timed out while sending"};
    } else if (errno != EINTR) {
      throw Broken{errno_text("send", errno)};
    }
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A number of digits only: no sign, no space, nothing behind it.
std::optional<std::size_t> parse_size(std::string_view text, int base) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return size;
}

// Bytes of a server in the words of an error line: short, and nothing a terminal could obey.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 60)) out += c >= ' ' && c <= '~' ? c : '.';
  return out + (text.size() > 60 ? "...'" : "'");
}

// Reads one answer from the socket, byte-exact.
class AnswerReader {
 public:
  AnswerReader(int fd, const HttpLimits& limits, Deadline deadline,
               const std::function<void(std::string_view)>& on_piece)
      : fd_(fd),
        deadline_(deadline),
        header_left_(limits.header_bytes),
        limits_(limits),
        on_piece_(on_piece) {}

  // Throws Broken unless a whole answer came.
  HttpResult read() {
    HttpResult result;
    read_status_line(result);
    read_headers();
    // These have no body, whatever their headers say (RFC 9112, 6.3).
    const bool bodiless = result.status == 204 || result.status == 304;
    if (bodiless) {
      if (chunked_ || length_.value_or(0) != 0) throw Broken{"malformed answer: unexpected body"};
    } else if (chunked_) {
      read_chunks(result.body);
    } else if (length_) {
      if (*length_ > limits_.body_bytes) throw Broken{"malformed answer: body too long"};
      read_bytes(*length_, result.body);
    } else {
      throw Broken{"malformed answer: neither Content-Length nor chunked"};
    }
    result.fate = HttpResult::Fate::answered;
    return result;
  }

  // May the connection carry another request?
  bool keeps_alive() const { return keep_alive_ && position_ == buffer_.size(); }

 private:
  void fill() {
    if (position_ == buffer_.size()) {
      buffer_.clear();
      position_ = 0;
    }
    char chunk[16 * 1024];
    for (;;) {
      const ssize_t n = ::recv(fd_, chunk, sizeof chunk, MSG_DONTWAIT);
      if (n > 0) {
        anything_ = true;
        buffer_.append(chunk, static_cast<std::size_t>(n));
        return;
      }
      if (n == 0)
        throw Broken{anything_ ? "connection closed in the middle of the answer"
                               : "connection closed before the answer"};
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        if (!wait_for(fd_, POLLIN, deadline_)) throw Broken{"timed out waiting for the answer"};
      } else if (errno != EINTR) {
        throw Broken{errno_text("recv", errno)};
      }
    }
  }

  // The next line without its CRLF. All lines of an answer share one budget.
  std::string read_line() {
    std::string line;
    for (;;) {
      if (position_ == buffer_.size()) fill();
      const char c = buffer_[position_++];
      if (header_left_-- == 0) throw Broken{"malformed answer: header too long"};
      line += c;
      if (c != '\n') continue;
      if (line.size() < 2 || line[line.size() - 2] != '\r')
        throw Broken{"malformed answer: a line without CR in " + quoted(line)};
      line.resize(line.size() - 2);
      return line;
    }
  }

  void read_bytes(std::size_t count, std::string& out) {
    while (count > 0) {
      if (position_ == buffer_.size()) fill();
      const std::size_t n = std::min(count, buffer_.size() - position_);
      out.append(buffer_, position_, n);
      position_ += n;
      count -= n;
    }
  }

  void read_status_line(HttpResult& result) {
    const std::string line = read_line();
    const bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") &&
                        (line[7] == '0' || line[7] == '1') && line[8] == ' ' &&
                        (line.size() == 12 || line[12] == ' ');
    const auto status = parse_size(shaped ? std::string_view(line).substr(9, 3) : "", 10);
    // We never ask for "100 Continue" or an upgrade, so 1xx is as odd as 999.
    if (!status || *status < 200 || *status > 599)
      throw Broken{"malformed answer: " + quoted(line) + " is no HTTP status line"};
    result.status = static_cast<int>(*status);
    keep_alive_ = line[7] == '1';
  }

  void read_headers() {
    for (;;) {
      const std::string line = read_line();
      if (line.empty()) break;
      const auto colon = line.find(':');
      if (colon == std::string::npos || colon == 0 || line.find_first_of(" \t") < colon)
        throw Broken{"malformed answer: " + quoted(line) + " is no header"};
      take_header(lower(std::string_view(line).substr(0, colon)),
                  trim(std::string_view(line).substr(colon + 1)));
    }
    if (chunked_ && length_) throw Broken{"malformed answer: both Content-Length and chunked"};
  }

  void take_header(const std::string& name, std::string_view value) {
    if (name == "content-length") {
      const auto length = parse_size(value, 10);
      if (!length || (length_ && *length_ != *length))
        throw Broken{"malformed answer: Content-Length " + quoted(value)};
      length_ = length;
    } else if (name == "transfer-encoding") {
      if (chunked_ || lower(value) != "chunked")
        throw Broken{"malformed answer: Transfer-Encoding " + quoted(value)};
      chunked_ = true;
    } else if (name == "connection") {
      if (lower(value).find("close") != std::string::npos) keep_alive_ = false;
    }
  }

  void read_chunks(std::string& body) {
    for (;;) {
      const std::string line = read_line();
      const auto size = parse_size(trim(std::string_view(line).substr(0, line.find(';'))), 16);
      if (!size) throw Broken{"malformed answer: " + quoted(line) + " is no chunk size"};
      if (*size == 0) break;
      if (*size > limits_.body_bytes - body.size()) throw Broken{"malformed answer: body too long"};
      read_bytes(*size, body);
      if (!read_line().empty()) throw Broken{"malformed answer: a chunk longer than its size"};
      if (!on_piece_) continue;
      on_piece_(std::exchange(body, {}));
      header_left_ = limits_.header_bytes;
    }
    while (!read_line().empty()) {  // Trailers tell us nothing.
    }
  }

  int fd_;
  Deadline deadline_;
  std::size_t header_left_;
  HttpLimits limits_;
  const std::function<void(std::string_view)>& on_piece_;
  std::string buffer_{};
  std::size_t position_ = 0;
  bool anything_ = false;
  bool keep_alive_ = true;
  bool chunked_ = false;
  std::optional<std::size_t> length_{};
};

// One string, so that a request usually is one segment.
std::string post_request(const std::string& host, std::string_view path, std::string_view json) {
  std::string request =
      "POST " + std::string(path) + " HTTP/1.1\r\nHost: " + host +
      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
      "\r\n\r\n";
  request += json;
  return request;
}

}  // namespace

HttpConnection::HttpConnection(Fd fd, std::string host, HttpLimits limits)
    : fd_(std::move(fd)), host_(std::move(host)), limits_(limits) {}

HttpResult HttpConnection::get(std::string_view path, Deadline deadline) {
  return exchange("GET " + std::string(path) + " HTTP/1.1\r\nHost: " + host_ + "\r\n\r\n",
                  deadline);
}

HttpResult HttpConnection::post(std::string_view path, std::string_view json, Deadline deadline) {
  return exchange(post_request(host_, path, json), deadline);
}

HttpResult HttpConnection::stream(std::string_view path, std::string_view json, Deadline deadline,
                                  const std::function<void(std::string_view)>& on_piece) {
  return exchange(post_request(host_, path, json), deadline, on_piece);
}

HttpResult HttpConnection::exchange(std::string_view request, Deadline deadline,
                                    const std::function<void(std::string_view)>& on_piece) {
  // Moved out: unless the answer is whole, the connection closes when this returns, so that
  // a late answer cannot be taken for the next request's.
  Fd fd = std::move(fd_);
  std::size_t written = 0;
  HttpResult result;
  try {
    if (!fd || !is_silent(fd.get())) throw Broken{"the server had closed the connection"};
    if (left(deadline) == Nanos{0}) throw Broken{"no time left to send"};
    write_all(fd.get(), request, deadline, written);
    AnswerReader reader(fd.get(), limits_, deadline, on_piece);
    result = reader.read();
    if (reader.keeps_alive()) fd_ = std::move(fd);
  } catch (const Broken& broken) {
    result = {.fate = written == 0 ? HttpResult::Fate::not_sent : HttpResult::Fate::lost,
              .error = broken.why};
  }
  return result;
}

}  // namespace clew
