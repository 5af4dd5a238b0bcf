#include "harness/input.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <new>

#include "harness/atomic_file.h"
#include "harness/error.h"

namespace clew {
namespace {

std::string read_standard_input() {
  std::string text;
  std::array<char, std::size_t{64} << 10> part{};
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw EnvironmentError(errno_text("read(standard input)", errno));
    if (got == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

// Unpacks one member after another; zlib's state is given back whatever happens.
class Inflater {
 public:
  Inflater() {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { ::inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends one member's text to `out` and returns how many bytes it took.
  std::size_t member(std::string_view packed, std::string& out) {
    ::inflateReset(&stream_);
    std::size_t taken = 0;
    for (;;) {
      // zlib counts in 32 bits and writes through pointers to non-const that it only reads.
      const auto give = std::min<std::size_t>(packed.size() - taken, std::size_t{1} << 30);
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + taken));
      stream_.avail_in = static_cast<uInt>(give);
      stream_.next_out = reinterpret_cast<Bytef*>(part_.data());
      stream_.avail_out = static_cast<uInt>(part_.size());
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      taken += give - stream_.avail_in;
      out.append(part_.data(), part_.size() - stream_.avail_out);
      if (code == Z_STREAM_END) return taken;
      if (code == Z_MEM_ERROR) throw std::bad_alloc();
      if (code == Z_BUF_ERROR && taken == packed.size())
        throw UsageError("the gzip ends too early: copy or record it again");
      if (code != Z_OK)
        throw UsageError("the gzip is damaged near byte " + std::to_string(taken) +
                         ": copy or record it again");
    }
  }

 private:
  z_stream stream_{};
  std::array<char, std::size_t{256} << 10> part_{};
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.substr(0, 2) == "\x1f\x8b"; }

std::string gunzip(std::string_view packed) {
  std::string text;
  const auto inflater = std::make_unique<Inflater>();
  while (!packed.empty()) {
    packed.remove_prefix(inflater->member(packed, text));
    if (packed.find_first_not_of('\0') == std::string_view::npos) break;  // Padding of tapes.
    if (!is_gzip(packed)) throw UsageError("something that is no gzip follows the gzip");
  }
  return text;
}

std::string read_input(const std::filesystem::path& path) {
  const bool standard = path == "-";
  std::string text = standard ? read_standard_input() : read_file(path);
  if (!is_gzip(text)) return text;
  try {
    return gunzip(text);
  } catch (const UsageError& e) {
    throw UsageError((standard ? std::string(standard_input) : path.string()) + ": " + e.what());
  }
}

}  // namespace clew
