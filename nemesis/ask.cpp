// ask: a client reads at chosen nodes, at a chosen moment.
//
// Breaks nothing: with a trigger it is how a schedule says "read from the old
// leader at the new leader's first ack". The key is that of the operation whose
// acknowledgement set it off. What the nodes answer is recorded and judged like
// any other operation.

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

class Ask final : public Fault {
 public:
  static constexpr std::string_view name = "ask";
  static constexpr std::string_view summary = "a client reads at these nodes; breaks nothing";
  static constexpr std::array<OptionSpec, 3> options{{
      {"f", OptionSpec::Kind::text, "read", "the operation"},
      {"key", OptionSpec::Kind::text, "", "its key; default that of the ack that set it off"},
      {"times", OptionSpec::Kind::number, "1", "at each node, one after the other"},
  }};

  explicit Ask(const Options& given)
      : f_(given.text("f")), key_(given.text("key")), times_(given.number("times")) {
    if (times_ < 1 || times_ > 1000) throw UsageError("times: must be between 1 and 1000");
  }

  std::vector<std::string> targets() const override { return node_targets(); }
  bool in_all() const override { return false; }
  bool asks_clients() const override { return true; }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    if (arena.asker == nullptr) throw HarnessError("there are no clients to ask through");
    const std::string key = key_.empty() ? order.key : key_;
    if (key.empty()) throw HarnessError("which key? give one, or let an ack set it off");
    const std::vector<Node> nodes = pick_nodes(arena, order.target, rng, deadline);
    for (const Node& node : nodes)  // One that does not answer delays no other.
      asking_.emplace_back([this, asker = arena.asker, node, key](const std::stop_token& stop) {
        for (std::int64_t i = 0; i < times_ && !stop.stop_requested(); ++i)
          ++answers_[static_cast<std::size_t>(asker->ask(node, {.f = f_, .key = key}).kind)];
      });
    return hit_nodes(nodes);
  }

  Evidence verify(Arena& /*arena*/) override {
    const auto count = [&](Kind kind) { return answers_[static_cast<std::size_t>(kind)].load(); };
    return {.holds = count(Kind::ok) + count(Kind::fail) + count(Kind::info) > 0,
            .text = std::to_string(count(Kind::ok)) + " answered, " +
                    std::to_string(count(Kind::fail)) + " refused, " +
                    std::to_string(count(Kind::info)) + " without an answer"};
  }
  void heal(Arena& /*arena*/, Deadline /*deadline*/) override { asking_.clear(); }
  Evidence verify_healed(Arena& /*arena*/) override { return {.holds = true, .text = "asked"}; }

 private:
  std::string f_, key_;
  std::int64_t times_;
  std::array<std::atomic<int>, 4> answers_{};  // By Kind.
  std::vector<std::jthread> asking_;           // Last: they end before the rest goes.
};

const Register<Fault, Ask> registered;

}  // namespace
}  // namespace clew
