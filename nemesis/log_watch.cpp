#include "nemesis/log_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "harness/clock.h"
#include "harness/fd.h"

namespace clew {
namespace {

constexpr Nanos look_every = std::chrono::milliseconds(2);
constexpr std::size_t longest_line = 64 << 10;

using OnLine = std::function<void(const std::string&, const std::string&)>;

// The log of one node; it may not be there yet.
class Tail {
 public:
  explicit Tail(const Cluster& cluster, const Node& node)
      : name_(node.name), path_(cluster.log_file(node)) {
    if (open()) ::lseek(file_.get(), 0, SEEK_END);
  }

  void read_on(const OnLine& on_line) {
    if (!file_ && !open()) return;
    std::array<char, 16384> piece{};
    while (true) {
      const ssize_t got = ::read(file_.get(), piece.data(), piece.size());
      if (got <= 0) return;
      for (const char c : std::string_view(piece.data(), static_cast<std::size_t>(got))) {
        if (c != '\n') line_ += c;
        if (c != '\n' && line_.size() < longest_line) continue;
        on_line(name_, std::exchange(line_, {}));
      }
    }
  }

 private:
  bool open() {
    file_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    return static_cast<bool>(file_);
  }

  std::string name_;
  std::filesystem::path path_;
  Fd file_;
  std::string line_;
};

}  // namespace

LogWatch::LogWatch(const Cluster& cluster, OnLine on_line) {
  std::vector<Tail> tails;
  for (const Node& node : cluster.nodes()) tails.emplace_back(cluster, node);
  thread_ = std::jthread([tails = std::move(tails),
                          on_line = std::move(on_line)](const std::stop_token& stop) mutable {
    do {
      for (Tail& tail : tails) tail.read_on(on_line);
    } while (sleep_for(look_every, stop));
  });
}

}  // namespace clew
