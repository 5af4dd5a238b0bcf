// hold: links that keep every frame, and deliver it later, in order.
//
// Nothing is lost, so connections live on: a message of the past arrives in a
// future that has moved on. That is what stale leaders and late votes are made
// of (a "jam" elsewhere). With `drip`, healing lets one frame of each link go at
// a time.

#include <algorithm>
#include <array>
#include <thread>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/parameters.h"
#include "nemesis/targets.h"
#include "nemesis/traffic.h"

namespace clew {
namespace {

class Hold final : public Fault {
 public:
  static constexpr std::string_view name = "hold";
  static constexpr std::string_view summary = "keeps every frame of a link, delivers it on heal";
  static constexpr std::array<OptionSpec, 1> options{{
      {"drip", OptionSpec::Kind::duration, "",
       "on heal one frame a link at a time, this far apart; default all at once"},
  }};

  explicit Hold(const Options& given) : drip_(duration_or_zero(given, "drip")) {
    if (drip_ > std::chrono::seconds(1)) throw UsageError("drip: must be at most 1 s");
  }

  std::vector<std::string> targets() const override { return link_targets(); }

  Parameters draw(const std::string& /*kind*/, double strength, Rng& rng) const override {
    if (!rng.chance(strength / 3)) return {};
    return {{"drip", std::to_string(rng.between(1, 20)) + "ms"}};
  }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    Network& network = network_of(arena);
    id_ = order.id;
    picked_ = pick_links(arena, order.target, rng, deadline);
    LinkMatrix links(static_cast<int>(arena.cluster.nodes().size()));
    for (const auto& [from, to] : picked_.links) links.at(from, to).hold = true;
    traffic_ = Traffic(network, picked_.links);
    network.overlay(id_, links);
    return hit_links(arena, picked_);
  }

  Evidence verify(Arena& arena) override {
    const std::uint64_t held = held_now(network_of(arena));
    return {.holds = held > 0,
            .text = frames(static_cast<std::int64_t>(held)) + " held on " +
                    std::to_string(picked_.links.size()) + " links, " +
                    grouped_number(traffic_.since(network_of(arena)).dropped) + " lost"};
  }

  void heal(Arena& arena, Deadline deadline) override {
    if (id_.empty()) return;
    Network& network = network_of(arena);
    if (drip_ > Nanos{0}) let_drip(network, deadline);
    network.remove(id_);
  }

  Evidence verify_healed(Arena& arena) override {
    Network& network = network_of(arena);
    const std::uint64_t held = held_now(network);
    const LinkMatrix in_force = network.in_force();
    std::size_t holding = 0;
    for (const auto& [from, to] : picked_.links) holding += in_force.at(from, to).hold ? 1U : 0U;
    return {.holds = held == 0 || holding > 0,
            .text = held == 0 ? "nothing is held any more"
                              : frames(static_cast<std::int64_t>(held)) + " held, " +
                                    std::to_string(holding) + " links by another fault"};
  }

 private:
  static Network& network_of(const Arena& arena) { return need_network(arena, "held"); }

  std::uint64_t held_now(const Network& network) const {
    std::uint64_t held = 0;
    for (const auto& [from, to] : picked_.links) held += network.held(from, to);
    return held;
  }

  // As many as wait now; what comes meanwhile goes on with the end of the hold.
  void let_drip(Network& network, Deadline deadline) const {
    std::uint64_t longest = 0;
    for (const auto& [from, to] : picked_.links)
      longest = std::max(longest, network.held(from, to));
    const Deadline half = Clock::now() + left(deadline) / 2;
    Deadline next = Clock::now();
    for (std::uint64_t i = 0; i < longest && next < half; ++i, next += drip_) {
      std::this_thread::sleep_until(next);
      for (const auto& [from, to] : picked_.links) network.let_go(from, to, 1);
    }
  }

  Nanos drip_;
  std::string id_;
  PickedLinks picked_;
  Traffic traffic_;
};

const Register<Fault, Hold> registered;

}  // namespace
}  // namespace clew
