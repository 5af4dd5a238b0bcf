// client-pause: clients stand still, between two operations, as a process that
// the garbage collector stops, or a laptop whose lid is closed.
//
// What a client holds by a lease it may lose meanwhile, without knowing it.

#include <algorithm>
#include <array>

#include "harness/error.h"
#include "harness/nemesis.h"

namespace clew {
namespace {

class ClientPause final : public Fault {
 public:
  static constexpr std::string_view name = "client-pause";
  static constexpr std::string_view summary = "clients stand still between two operations";
  static constexpr std::array<OptionSpec, 0> options{};

  explicit ClientPause(const Options& /*given*/) {}

  std::vector<std::string> targets() const override { return {"half", "one", "all"}; }
  bool in_all() const override { return false; }  // The system under test does not suffer.

  Value inject(Arena& arena, const Order& order, Rng& rng, Deadline /*deadline*/) override {
    if (arena.asker == nullptr) throw HarnessError("there are no clients to stop");
    std::vector<int> clients;
    for (int i = 0; i < arena.asker->clients(); ++i) clients.push_back(i);
    rng.shuffle(clients);
    if (order.target == "one") clients.resize(1);
    if (order.target == "half") clients.resize((clients.size() + 1) / 2);
    clients_ = clients;
    for (const int client : clients_) arena.asker->pause(client, true);
    Value::List names;
    for (const int client : clients_) names.emplace_back(client);
    return Value::object({{"clients", std::move(names)}});
  }

  // A client that waits for an answer stops when it has it.
  Evidence verify(Arena& arena) override {
    const auto still = standing_still(arena);
    return {.holds = still > 0,
            .text = std::to_string(still) + " of " + std::to_string(clients_.size()) +
                    " clients stand still"};
  }

  void heal(Arena& arena, Deadline /*deadline*/) override {
    for (const int client : clients_) arena.asker->pause(client, false);
  }

  Evidence verify_healed(Arena& arena) override {
    const auto still = standing_still(arena);
    return {.holds = still == 0, .text = std::to_string(still) + " clients stand still"};
  }

 private:
  std::ptrdiff_t standing_still(const Arena& arena) const {
    return std::count_if(clients_.begin(), clients_.end(),
                         [&](int client) { return arena.asker->stands_still(client); });
  }

  std::vector<int> clients_;
};

const Register<Fault, ClientPause> registered;

}  // namespace
}  // namespace clew
