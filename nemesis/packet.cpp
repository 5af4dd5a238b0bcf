// packet: links that deliver late, twice, out of order, damaged, slowly, or not at all.
//
//   delay      every frame comes `delay` late, more or less by up to `jitter`, in order
//   loss       a `share` of the frames vanishes
//   duplicate  a `share` comes twice
//   reorder    a `share` overtakes those before it, or is overtaken
//   corrupt    one bit of a `share` flips; the receiver's checksums catch it: late loss
//   rate       the link carries so many kbit a second; what queues for over 200 ms is lost
//
// Only links between nodes, unless a schedule says "clients" itself.

#include <array>
#include <cmath>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/parameters.h"
#include "nemesis/targets.h"
#include "nemesis/traffic.h"

namespace clew {
namespace {

class Packet final : public Fault {
 public:
  static constexpr std::string_view name = "packet";
  static constexpr std::string_view summary =
      "delays, loses, doubles, reorders, damages or throttles frames";
  static constexpr std::array<OptionSpec, 4> options{{
      {"delay", OptionSpec::Kind::duration, "50ms", "how late, of kind delay"},
      {"jitter", OptionSpec::Kind::duration, "0ms", "more or less, of kind delay"},
      {"share", OptionSpec::Kind::text, "0.2", "of the frames: loss, duplicate, reorder, corrupt"},
      {"rate", OptionSpec::Kind::number, "1000", "kbit a second, of kind rate"},
  }};

  explicit Packet(const Options& given)
      : delay_(given.duration("delay")),
        jitter_(given.duration("jitter")),
        share_(share_of(given)),
        rate_(given.number("rate")) {
    if (rate_ < 1) throw UsageError("rate: must be 1 kbit a second or more");
    if (jitter_ > delay_) throw UsageError("jitter: must not be above delay");
  }

  std::vector<std::string> kinds() const override {
    return {"delay", "loss", "duplicate", "reorder", "corrupt", "rate"};
  }
  std::vector<std::string> targets() const override { return link_targets(); }

  Parameters draw(const std::string& kind, double strength, Rng& rng) const override {
    if (kind == "delay") {
      const auto delay = 1 + static_cast<std::int64_t>(strength * 250);
      return {{"delay", std::to_string(delay) + "ms"},
              {"jitter", std::to_string(rng.between(0, delay)) + "ms"}};
    }
    // From 10 Mbit/s, which no node notices, to 50 kbit/s, which starves it.
    if (kind == "rate")
      return {{"rate", std::to_string(std::lround(10000 * std::pow(0.005, strength)))}};
    const double most = kind == "loss" ? 0.4 : kind == "corrupt" ? 0.2 : 0.5;
    return {{"share", decimal(std::max(most * strength, 0.005))}};
  }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    Network& network = network_of(arena);
    kind_ = order.kind;
    id_ = order.id;
    picked_ = pick_links(arena, order.target, rng, deadline);
    LinkMatrix links(static_cast<int>(arena.cluster.nodes().size()));
    for (const auto& [from, to] : picked_.links) links.at(from, to) = treatment();
    network.overlay(id_, links);
    traffic_ = Traffic(network, picked_.links);
    return hit_links(arena, picked_);
  }

  Evidence verify(Arena& arena) override {
    const Traffic::Sum since = traffic_.since(network_of(arena));
    const auto [count, what] = effect(since);
    return {.holds = count > 0,
            .text = grouped_number(count) + " of " + frames(since.entered) + " " + what + " on " +
                    std::to_string(picked_.links.size()) + " links"};
  }

  void heal(Arena& arena, Deadline /*deadline*/) override {
    Network& network = network_of(arena);
    if (!id_.empty()) network.remove(id_);
    traffic_ = Traffic(network, picked_.links);
  }

  Evidence verify_healed(Arena& arena) override {
    Network& network = network_of(arena);
    const LinkMatrix in_force = network.in_force();
    std::size_t clear = 0;
    for (const auto& [from, to] : picked_.links)
      clear += in_force.at(from, to).is_clear() ? 1U : 0U;
    const Traffic::Sum since = traffic_.since(network);
    return {.holds = since.passed > 0,
            .text = frames(since.passed) + " passed since; " + std::to_string(clear) + " of " +
                    std::to_string(picked_.links.size()) + " links are clear"};
  }

 private:
  static Network& network_of(const Arena& arena) { return need_network(arena, "shaped"); }

  Link treatment() const {
    Link link;
    if (kind_ == "delay") link.delay = delay_, link.jitter = jitter_;
    if (kind_ == "loss") link.drop = share_;
    if (kind_ == "duplicate") link.duplicate = share_;
    if (kind_ == "reorder") link.reorder = share_;
    if (kind_ == "corrupt") link.corrupt = share_;
    if (kind_ == "rate") link.rate_bps = static_cast<std::uint64_t>(rate_) * 1000;
    return link;
  }

  std::pair<std::int64_t, std::string> effect(const Traffic::Sum& since) const {
    if (kind_ == "loss") return {since.dropped, "lost"};
    if (kind_ == "duplicate") return {since.doubled, "doubled"};
    if (kind_ == "reorder") return {since.overtook, "out of order"};
    if (kind_ == "corrupt") return {since.corrupted, "damaged"};
    return {since.late + (kind_ == "rate" ? since.dropped : 0), "late"};
  }

  Nanos delay_, jitter_;
  double share_;
  std::int64_t rate_;
  std::string kind_, id_;
  PickedLinks picked_;
  Traffic traffic_;
};

const Register<Fault, Packet> registered;

}  // namespace
}  // namespace clew
