#include "harness/generator.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "harness/check.h"

namespace clew {
namespace {

class Repeat final : public Generator {
 public:
  explicit Repeat(std::function<Op(const Context&)> make) : make_(std::move(make)) {}
  Next next(const Context& context) override { return make_(context); }

 private:
  std::function<Op(const Context&)> make_;
};

class OnceEach final : public Generator {
 public:
  explicit OnceEach(std::vector<Op> ops) : ops_(std::move(ops)) {}
  Next next(const Context& /*context*/) override {
    if (given_ == ops_.size()) return Done{};
    return std::move(ops_[given_++]);
  }

 private:
  std::vector<Op> ops_;
  std::size_t given_ = 0;
};

class EachWorker final : public Generator {
 public:
  explicit EachWorker(std::function<Gen(int)> make) : make_(std::move(make)) {}
  Next next(const Context& context) override {
    asked_[context.process] = context.worker;
    return mine(context.worker).next(context);
  }
  void update(const Op& invocation, const Op& completion) override {
    const auto asker = asked_.find(invocation.process);
    if (asker == asked_.end()) return;
    const int worker = asker->second;
    if (completion.kind == Kind::info) asked_.erase(asker);  // It goes on as another process.
    mine(worker).update(invocation, completion);
  }

 private:
  Generator& mine(int worker) {
    Gen& gen = parts_[worker];
    if (!gen) gen = make_(worker);
    return *gen;
  }
  std::function<Gen(int)> make_;
  std::map<int, Gen> parts_;
  std::map<std::int64_t, int> asked_;  // Which worker a process is.
};

// Changes what one other generator says, and hands it all that happens.
class Around : public Generator {
 public:
  explicit Around(Gen inner) : inner_(std::move(inner)) {}
  void update(const Op& invocation, const Op& completion) override {
    inner_->update(invocation, completion);
  }

 protected:
  Gen inner_;
};

class Limit final : public Around {
 public:
  Limit(std::int64_t count, Gen inner) : Around(std::move(inner)), left_(count) {}
  Next next(const Context& context) override {
    if (left_ <= 0) return Done{};
    Next next = inner_->next(context);
    if (std::holds_alternative<Op>(next)) --left_;
    return next;
  }

 private:
  std::int64_t left_;
};

class TimeLimit final : public Around {
 public:
  TimeLimit(Nanos end, Gen inner) : Around(std::move(inner)), end_(end) {}
  Next next(const Context& context) override {
    if (context.now >= end_) return Done{};
    Next next = inner_->next(context);
    if (const Op* op = std::get_if<Op>(&next); op != nullptr && op->time >= end_) return Done{};
    if (Wait* wait = std::get_if<Wait>(&next)) wait->until = std::min(wait->until, end_);
    return next;
  }

 private:
  Nanos end_;
};

// Gaps are uniform in [0, 2/rate), as Jepsen's stagger: bursts and lulls, but
// never far behind. Slots that nobody could take are lost, not caught up with:
// a burst after each fault would hide how the system itself recovers.
class Stagger final : public Around {
 public:
  Stagger(double per_second, Gen inner) : Around(std::move(inner)), mean_gap_(1e9 / per_second) {
    CLEW_CHECK(per_second > 0);
  }
  Next next(const Context& context) override {
    Next next = inner_->next(context);
    if (Op* op = std::get_if<Op>(&next)) {
      slot_ = std::max(slot_, context.now);
      op->time = std::max(op->time, slot_);
      slot_ += Nanos(std::llround(context.rng.unit() * 2 * mean_gap_));
    }
    return next;
  }

 private:
  double mean_gap_;
  Nanos slot_{};
};

class Mix final : public Generator {
 public:
  explicit Mix(std::vector<std::pair<int, Gen>> weighted) : parts_(std::move(weighted)) {
    for (const auto& [weight, gen] : parts_) CLEW_CHECK(weight > 0);
  }
  Next next(const Context& context) override {
    while (!parts_.empty()) {
      const std::size_t i = draw(context.rng);
      Next next = parts_[i].second->next(context);
      if (!std::holds_alternative<Done>(next)) return next;
      parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return Done{};
  }
  void update(const Op& invocation, const Op& completion) override {
    for (auto& [weight, gen] : parts_) gen->update(invocation, completion);
  }

 private:
  std::size_t draw(Rng& rng) const {
    std::uint64_t total = 0;
    for (const auto& [weight, gen] : parts_) total += static_cast<std::uint64_t>(weight);
    std::uint64_t left = rng.below(total);
    std::size_t i = 0;
    while (left >= static_cast<std::uint64_t>(parts_[i].first))
      left -= static_cast<std::uint64_t>(parts_[i++].first);
    return i;
  }
  std::vector<std::pair<int, Gen>> parts_;
};

// A worker asks only when it has nothing in flight, so when each has been told
// Done by one part, all operations of that part have come back.
class Phases final : public Generator {
 public:
  explicit Phases(std::vector<Gen> parts) : parts_(std::move(parts)) {}
  Next next(const Context& context) override {
    done_.resize(static_cast<std::size_t>(context.workers));
    while (current_ < parts_.size()) {
      if (!done_[static_cast<std::size_t>(context.worker)]) {
        Next next = parts_[current_]->next(context);
        if (!std::holds_alternative<Done>(next)) return next;
        done_[static_cast<std::size_t>(context.worker)] = true;
      }
      if (!std::all_of(done_.begin(), done_.end(), [](bool done) { return done; }))
        return Wait{context.now + std::chrono::milliseconds(1)};
      done_.assign(done_.size(), false);
      ++current_;
    }
    return Done{};
  }
  void update(const Op& invocation, const Op& completion) override {
    if (current_ < parts_.size()) parts_[current_]->update(invocation, completion);
  }

 private:
  std::vector<Gen> parts_;
  std::vector<bool> done_;
  std::size_t current_ = 0;
};

class RotatingKeys final : public Generator {
 public:
  RotatingKeys(int active, std::int64_t ops_per_key, std::function<Gen(std::int64_t)> make)
      : ops_per_key_(ops_per_key), make_(std::move(make)) {
    CLEW_CHECK(active > 0 && ops_per_key > 0);
    for (int i = 0; i < active; ++i) slots_.push_back(fresh());
  }

  Next next(const Context& context) override {
    Slot& slot = slots_[context.rng.below(slots_.size())];
    Next next = slot.gen->next(context);
    // A key that has had its share, or wants no more, makes room. Its last
    // operations may still be in flight; their updates are of no use to anyone.
    if (std::holds_alternative<Done>(next)) {
      slot = fresh();
      next = slot.gen->next(context);
    }
    const Op* op = std::get_if<Op>(&next);
    if (op == nullptr) return next;
    slot.key = op->key;
    if (++slot.given == ops_per_key_) slot = fresh();
    return next;
  }

  void update(const Op& invocation, const Op& completion) override {
    for (Slot& slot : slots_)
      if (slot.key == invocation.key) slot.gen->update(invocation, completion);
  }

 private:
  struct Slot {
    Gen gen{};
    std::string key{};
    std::int64_t given = 0;
  };
  Slot fresh() { return {.gen = make_(next_key_++)}; }

  std::int64_t ops_per_key_;
  std::function<Gen(std::int64_t)> make_;
  std::int64_t next_key_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace

Gen repeat(std::function<Op(const Context&)> make) {
  return std::make_unique<Repeat>(std::move(make));
}
Gen once_each(std::vector<Op> ops) { return std::make_unique<OnceEach>(std::move(ops)); }
Gen each_worker(std::function<Gen(int)> make) {
  return std::make_unique<EachWorker>(std::move(make));
}
Gen limit(std::int64_t count, Gen inner) {
  return std::make_unique<Limit>(count, std::move(inner));
}
Gen time_limit(Nanos end, Gen inner) { return std::make_unique<TimeLimit>(end, std::move(inner)); }
Gen stagger(double per_second, Gen inner) {
  return std::make_unique<Stagger>(per_second, std::move(inner));
}
Gen mix(std::vector<std::pair<int, Gen>> weighted) {
  return std::make_unique<Mix>(std::move(weighted));
}
Gen phases(std::vector<Gen> parts) { return std::make_unique<Phases>(std::move(parts)); }
Gen rotating_keys(int active, std::int64_t ops_per_key, std::function<Gen(std::int64_t)> make) {
  return std::make_unique<RotatingKeys>(active, ops_per_key, std::move(make));
}

}  // namespace clew
