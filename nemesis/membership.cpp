// membership: changes who belongs to the cluster, under load.
//
//   remove    a member is removed; healing adds it again, as a new one without data
//   replace   a member is removed and a new one without data takes its place at once
//   learner   the same, as a learner; healing promotes it
//   transfer  the leader hands over to another member
//
// A server's data is wiped only once the leader's list says that this member is
// gone for good, and that the node was added as a new one: a member that forgets
// what it has voted for would be a fault of ours, not of the system.

#include <signal.h>

#include <algorithm>
#include <array>
#include <functional>
#include <thread>

#include "harness/error.h"
#include "harness/nemesis.h"
#include "nemesis/servers.h"
#include "nemesis/targets.h"

namespace clew {
namespace {

constexpr Nanos ask_patience = std::chrono::seconds(2);
constexpr auto ask_again_after = std::chrono::milliseconds(50);
constexpr auto exit_patience = std::chrono::seconds(1);

using Members = std::vector<Member>;

const Member* by_node(const Members& members, const std::string& node) {
  const auto it = std::find_if(members.begin(), members.end(),
                               [&](const Member& member) { return member.node == node; });
  return it == members.end() ? nullptr : &*it;
}

const Member* by_id(const Members& members, std::uint64_t id) {
  const auto it = std::find_if(members.begin(), members.end(),
                               [&](const Member& member) { return member.id == id; });
  return it == members.end() ? nullptr : &*it;
}

class Membership final : public Fault {
 public:
  static constexpr std::string_view name = "membership";
  static constexpr std::string_view summary =
      "removes, replaces and adds members, moves the leader";
  static constexpr std::array<OptionSpec, 0> options{};

  explicit Membership(const Options& /*given*/) {}

  std::vector<std::string> kinds() const override {
    return {"remove", "replace", "learner", "transfer"};
  }
  std::vector<std::string> targets() const override { return {"one", "leader", "follower"}; }
  // The change is the fault; and a system refuses it until it is sure of its members.
  double inject_share() const override { return 1; }

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline deadline) override {
    kind_ = order.kind;
    id_ = order.id;
    if (kind_ == "transfer") return transfer(arena, order, rng, deadline);
    const auto running = [](Life life) { return life == Life::running; };
    node_ = pick_nodes(arena, order.target, rng, deadline, running).front();
    const Members before = leaders_list(arena, deadline);
    const Member* member = by_node(before, node_.name);
    if (member == nullptr) throw HarnessError(node_.name + " is no member");
    old_id_ = member->id;
    remove(arena, deadline);
    if (kind_ != "remove") rejoin(arena, kind_ == "learner", deadline);
    return hit_nodes({node_});
  }

  Evidence verify(Arena& arena) override {
    const Deadline deadline = Clock::now() + ask_patience;
    if (kind_ == "transfer") {
      const Node leader = find_leader(arena, deadline);
      return {.holds = leader.id == node_.id, .text = leader.name + " leads"};
    }
    const Members members = leaders_list(arena, deadline);
    const Member* now = by_node(members, node_.name);
    const std::string removed = by_id(members, old_id_) == nullptr
                                    ? node_.name + ": member " + hex(old_id_) + " is removed"
                                    : node_.name + ": is still member " + hex(old_id_);
    if (kind_ == "remove")
      return {.holds = by_id(members, old_id_) == nullptr && now == nullptr, .text = removed};
    const bool joined = now != nullptr && now->id != old_id_ && now->started;
    return {
        .holds = joined && now->learner == (kind_ == "learner"),
        .text = removed + (joined ? ", joined as " + std::string(now->learner ? "learner " : "") +
                                        hex(now->id)
                                  : ", nobody has taken its place")};
  }

  void heal(Arena& arena, Deadline deadline) override {
    if (kind_ == "transfer" || node_.name.empty() || old_id_ == 0) return;
    const Members members = leaders_list(arena, deadline);
    if (by_id(members, old_id_) != nullptr) return let_run(arena);  // Nothing came of it.
    if (by_node(members, node_.name) == nullptr || arena.downs->holds(node_.name, id_))
      rejoin(arena, false, deadline);
    until(deadline, node_.name + " was not promoted", [&](std::string& why) {
      const Members now = leaders_list(arena, deadline);
      const Member* member = by_node(now, node_.name);
      if (member != nullptr && !member->learner) return true;
      if (member != nullptr)  // Refused until it has caught up.
        why = face(arena).promote_member(arena.cluster, find_leader(arena, deadline), member->id,
                                         soon(deadline));
      return false;
    });
  }

  Evidence verify_healed(Arena& arena) override {
    if (kind_ == "transfer") return {.holds = true, .text = "nothing to heal"};
    const Members members = leaders_list(arena, Clock::now() + ask_patience);
    const Member* now = by_node(members, node_.name);
    if (now == nullptr) return {.text = node_.name + " is no member"};
    return {.holds = now->started && !now->learner,
            .text = node_.name + " is " + (now->learner ? "learner " : "member ") + hex(now->id) +
                    (now->started ? "" : ", not started yet")};
  }

 private:
  static HasMembership& face(const Arena& arena) {
    auto* membership = dynamic_cast<HasMembership*>(&arena.system);
    if (membership == nullptr) throw HarnessError("this system's members cannot be changed");
    return *membership;
  }

  static Deadline soon(Deadline deadline) {
    return std::min(deadline, Clock::now() + ask_patience);
  }

  static std::string hex(std::uint64_t id) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4) text += digits[id >> shift & 15];
    return text;
  }

  // Tries again until `done`; throws with what was in the way last.
  static void until(Deadline deadline, const std::string& what,
                    const std::function<bool(std::string&)>& done) {
    std::string why;
    do {
      try {
        if (done(why)) return;
      } catch (const HarnessError& e) { why = e.what(); }
      std::this_thread::sleep_for(std::min<Nanos>(left(deadline), ask_again_after));
    } while (left(deadline) > Nanos{0});
    throw HarnessError(what + (why.empty() ? "" : ": " + why));
  }

  static Members leaders_list(const Arena& arena, Deadline deadline) {
    const Node leader = find_leader(arena, deadline);
    const auto members = face(arena).members(arena.cluster, leader, soon(deadline));
    if (!members) throw HarnessError(leader.name + " does not list the members");
    return *members;
  }

  Value transfer(Arena& arena, const Order& order, Rng& rng, Deadline deadline) {
    const Node leader = find_leader(arena, deadline);
    const std::string target = order.target == "leader" ? "follower" : order.target;
    const auto running = [](Life life) { return life == Life::running; };
    std::vector<Node> nodes = pick_nodes(arena, target, rng, deadline, running);
    if (nodes.front().id == leader.id)
      nodes = pick_nodes(arena, "follower", rng, deadline, running);
    node_ = nodes.front();
    const Members members = leaders_list(arena, deadline);
    const Member* to = by_node(members, node_.name);
    if (to == nullptr) throw HarnessError(node_.name + " is no member");
    const std::string why = face(arena).move_leader(arena.cluster, leader, to->id, soon(deadline));
    if (!why.empty()) throw HarnessError(why);
    return hit_nodes({node_});
  }

  // Its server ends by itself once it learns of it.
  void remove(Arena& arena, Deadline deadline) {
    arena.downs->take(node_.name, id_);
    until(deadline, node_.name + " was not removed", [&](std::string& why) {
      const Node via = another_node(arena);
      why = face(arena).remove_member(arena.cluster, via, old_id_, soon(deadline));
      return by_id(leaders_list(arena, deadline), old_id_) == nullptr;
    });
  }

  // Not the one that is removed: it may be gone before it answers.
  Node another_node(const Arena& arena) const {
    for (const Node& node : arena.cluster.nodes())
      if (node.id != node_.id && arena.cluster.status(node).life == Life::running &&
          face(arena).members(arena.cluster, node, Clock::now() + ask_patience / 4))
        return node;
    throw HarnessError("no other node answers");
  }

  void rejoin(Arena& arena, bool learner, Deadline deadline) {
    arena.downs->take(node_.name, id_);
    until(deadline, node_.name + " was not added again", [&](std::string& why) {
      Members members = leaders_list(arena, deadline);
      if (by_id(members, old_id_) != nullptr) throw HarnessError("it is still a member");
      if (by_node(members, node_.name) == nullptr) {
        stop(arena, deadline);
        why = face(arena).add_member(arena.cluster, another_node(arena), node_, learner,
                                     soon(deadline));
        members = leaders_list(arena, deadline);
      }
      const Member* now = by_node(members, node_.name);
      if (now == nullptr) return false;
      if (!now->started && !is_alive(arena.cluster.status(node_).life)) {
        arena.cluster.wipe(node_);
        face(arena).will_join(node_, members);
      }
      let_run(arena);
      return true;
    });
  }

  void stop(Arena& arena, Deadline deadline) const {
    if (arena.cluster.await(node_, Life::gone, std::min(deadline, Clock::now() + exit_patience)))
      return;
    arena.cluster.signal(node_, SIGKILL);
    if (!arena.cluster.await(node_, Life::gone, deadline))
      throw HarnessError(node_.name + " did not end");
  }

  void let_run(Arena& arena) const {
    arena.downs->let_go(id_);
    start_unless_held(arena, node_, id_);
  }

  std::string kind_, id_;
  Node node_;
  std::uint64_t old_id_ = 0;
};

const Register<Fault, Membership> registered;

}  // namespace
}  // namespace clew
