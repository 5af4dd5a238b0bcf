#include "harness/http.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <optional>

#include "harness/error.h"

namespace clew {
namespace {

constexpr std::size_t header_bytes_max = 64U << 10;
constexpr std::size_t body_bytes_max = 16U << 20;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> parse_size(std::string_view text, int base) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size() || number > body_bytes_max)
    return std::nullopt;
  return number;
}

}  // namespace

struct HttpConnection::Answer {
  int status = 0;
  std::optional<std::size_t> length{};
  bool chunked = false;
  bool keep = true;

  // The status line and headers, without the blank line. False if they make no sense.
  bool parse(std::string_view head) {
    const std::size_t first = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, first);
    if (line.rfind("HTTP/1.", 0) != 0 || line.size() < 12) return false;
    if (line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) return false;
    const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status);
    if (error != std::errc{} || end != line.data() + 12 || status < 200 || status > 599)
      return false;
    if (line[7] == '0') keep = false;
    for (std::size_t at = first + 2; at < head.size();) {
      const std::size_t stop = std::min(head.find("\r\n", at), head.size());
      if (!header(head.substr(at, stop - at))) return false;
      at = stop + 2;
    }
    return chunked || length.has_value();
  }

  bool header(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string name = lower(line.substr(0, colon));
    const std::string value = lower(trim(line.substr(colon + 1)));
    if (name == "content-length") {
      const auto size = parse_size(value, 10);
      if (!size || (length && length != size)) return false;
      length = size;
    }
    if (name == "transfer-encoding") {
      if (value != "chunked") return false;
      chunked = true;
    }
    if (name == "connection" && value == "close") keep = false;
    return true;
  }
};

bool HttpConnection::wait_for(short events, Deadline deadline) const {
  for (;;) {
    pollfd poll{.fd = socket_.get(), .events = events, .revents = 0};
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(left(deadline)).count();
    const int ready = ::poll(&poll, 1, static_cast<int>(std::min<std::int64_t>(millis, 60'000)));
    if (ready > 0) return true;
    if (left(deadline) == Nanos{0}) return false;
  }
}

// Between two requests nothing may arrive: an end, an error or stray bytes all
// make the connection useless.
bool HttpConnection::stale() const {
  char byte = 0;
  const ssize_t size = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size >= 0 || (errno != EAGAIN && errno != EINTR);
}

HttpResult HttpConnection::post(std::string_view path, std::string_view json, Deadline deadline) {
  HttpResult result{.fate = HttpResult::Fate::not_sent};
  if (!socket_ || stale()) {
    socket_.reset();
    result.error = "the server had closed the connection";
    return result;
  }
  if (left(deadline) == Nanos{0}) {
    result.error = "no time was left to send it";
    return result;
  }
  std::string request =
      "POST " + std::string(path) + " HTTP/1.1\r\nHost: " + host_ +
      "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
      "\r\n\r\n";
  request += json;
  bool any_sent = false;
  bool keep = false;
  if (send_all(request, deadline, any_sent, result.error)) {
    result.fate = HttpResult::Fate::lost;
    if (read_answer(result, deadline, result.error, keep)) result.fate = HttpResult::Fate::answered;
  } else if (any_sent) {
    result.fate = HttpResult::Fate::lost;
  }
  if (result.fate != HttpResult::Fate::answered || !keep) socket_.reset();
  return result;
}

bool HttpConnection::send_all(std::string_view bytes, Deadline deadline, bool& any_sent,
                              std::string& why) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      any_sent = true;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (sent < 0 && errno == EAGAIN) {
      if (!wait_for(POLLOUT, deadline)) {
        why = "time out while sending";
        return false;
      }
    } else if (sent < 0 && errno != EINTR) {
      why = errno_text("send", errno);
      return false;
    }
  }
  return true;
}

// Appends what has come; false at the end of the stream or the deadline.
bool HttpConnection::receive(std::string& buffer, Deadline deadline, std::string& why) {
  char bytes[16384];
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (size > 0) {
      buffer.append(bytes, static_cast<std::size_t>(size));
      return true;
    }
    if (size == 0) {
      why = "the server closed the connection before its answer was complete";
      return false;
    }
    if (errno == EAGAIN) {
      if (!wait_for(POLLIN, deadline)) {
        why = "time out";
        return false;
      }
    } else if (errno != EINTR) {
      why = errno_text("recv", errno);
      return false;
    }
  }
}

bool HttpConnection::read_answer(HttpResult& result, Deadline deadline, std::string& why,
                                 bool& keep) {
  std::string buffer;
  std::size_t end = std::string::npos;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (buffer.size() > header_bytes_max) {
      why = "malformed answer: no end of its header within 64 KiB";
      return false;
    }
    if (!receive(buffer, deadline, why)) return false;
  }
  Answer answer{};
  if (!answer.parse(std::string_view(buffer).substr(0, end))) {
    why = "malformed answer: its header makes no sense";
    return false;
  }
  std::string rest = buffer.substr(end + 4);
  if (!read_body(rest, answer, result, deadline, why)) return false;
  result.status = answer.status;
  keep = answer.keep && rest.empty();
  return true;
}

bool HttpConnection::read_body(std::string& rest, const Answer& answer, HttpResult& result,
                               Deadline deadline, std::string& why) {
  if (answer.chunked) return read_chunks(rest, result, deadline, why);
  while (rest.size() < *answer.length)
    if (!receive(rest, deadline, why)) return false;
  result.body = rest.substr(0, *answer.length);
  rest.erase(0, *answer.length);
  return true;
}

bool HttpConnection::read_chunks(std::string& rest, HttpResult& result, Deadline deadline,
                                 std::string& why) {
  for (;;) {
    std::size_t line = std::string::npos;
    while ((line = rest.find("\r\n")) == std::string::npos) {
      if (rest.size() > header_bytes_max) break;
      if (!receive(rest, deadline, why)) return false;
    }
    if (line == std::string::npos) break;
    const std::string_view digits =
        trim(std::string_view(rest).substr(0, std::min(line, rest.find(';'))));
    const auto size = parse_size(digits, 16);
    if (!size || result.body.size() + *size > body_bytes_max) break;
    while (rest.size() < line + 2 + *size + 2)
      if (!receive(rest, deadline, why)) return false;
    if (rest.compare(line + 2 + *size, 2, "\r\n") != 0) break;  // Trailers are not for us either.
    result.body.append(rest, line + 2, *size);
    rest.erase(0, line + 2 + *size + 2);
    if (*size == 0) return true;
  }
  why = "malformed answer: a chunk makes no sense";
  return false;
}

}  // namespace clew
