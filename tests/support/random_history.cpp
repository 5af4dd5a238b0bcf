#include "tests/support/random_history.h"

#include <algorithm>
#include <optional>

namespace clew::testing {
namespace {

struct Running {
  Op invocation{};
  bool applied = false;
  bool failed = false;  // It was decided that it never happens.
  Value answer{};
  bool refused = false;
};

class Simulation {
 public:
  Simulation(const HistoryShape& shape, Rng& rng) : shape_(shape), rng_(rng) {
    for (int p = 0; p < shape.processes; ++p) process_.push_back(p);
    running_.resize(process_.size());
  }

  std::vector<Op> run() {
    int invoked = 0;
    for (;;) {
      time_ +=
          static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(shape_.gap_max) + 1));
      const std::size_t w = rng_.below(process_.size());
      if (!late_.empty() && rng_.chance(0.2)) apply_late();
      if (!running_[w]) {
        if (invoked < shape_.calls) {
          invoke(w);
          ++invoked;
        } else if (std::none_of(running_.begin(), running_.end(),
                                [](const auto& r) { return r.has_value(); })) {
          break;
        }
      } else if (!running_[w]->applied && !running_[w]->failed) {
        if (rng_.chance(shape_.unknown / 2)) {
          give_up(w);
        } else {
          decide(*running_[w]);
        }
      } else {
        complete(w);
      }
    }
    if (rng_.chance(shape_.lie)) lie();
    return std::move(events_);
  }

 private:
  Value fresh_value() {
    return shape_.values == 0 ? Value(++last_value_)
                              : Value(static_cast<std::int64_t>(
                                    rng_.below(static_cast<std::uint64_t>(shape_.values))));
  }
  Value known_value() {
    if (shape_.values != 0) return fresh_value();
    if (rng_.chance(0.6)) return state_;
    return last_value_ == 0 ? Value() : Value(rng_.between(1, last_value_));
  }

  void invoke(std::size_t w) {
    Op op{.index = static_cast<std::int64_t>(events_.size()),
          .time = Nanos(time_),
          .process = process_[w],
          .f = "read"};
    const double draw = rng_.unit();
    if (draw < shape_.cas) {
      op.f = "cas";
      op.value = Value::List{known_value(), fresh_value()};
    } else if (draw < shape_.cas + (1 - shape_.cas) / 2) {
      op.f = "write";
      op.value = fresh_value();
    }
    events_.push_back(op);
    running_[w] = Running{.invocation = std::move(op)};
  }

  void apply(Running& call) {
    call.applied = true;
    if (call.invocation.f == "read") call.answer = state_;
    if (call.invocation.f == "write") state_ = call.answer = call.invocation.value;
    if (call.invocation.f != "cas") return;
    call.answer = call.invocation.value;
    call.refused = !(call.invocation.value.as_list()[0] == state_);
    if (!call.refused) state_ = call.invocation.value.as_list()[1];
  }

  void decide(Running& call) {
    if (rng_.chance(shape_.failed)) {
      call.failed = true;
    } else {
      apply(call);
    }
  }

  void complete(std::size_t w) {
    Running& call = *running_[w];
    Op op = call.invocation;
    op.index = static_cast<std::int64_t>(events_.size());
    op.time = Nanos(time_);
    const bool unknown = !call.failed && rng_.chance(shape_.unknown);
    if (unknown) {
      op.kind = Kind::info;
      op.error = "unknown";
    } else if (call.failed || call.refused) {
      op.kind = Kind::fail;
      op.error = call.failed ? "failed" : std::string(compare_failed);
    } else {
      op.kind = Kind::ok;
      op.value = call.answer;
    }
    // Some of the unknown never come back at all.
    if (!unknown || rng_.chance(0.7)) events_.push_back(op);
    if (unknown) process_[w] += static_cast<std::int64_t>(process_.size());
    running_[w].reset();
  }

  // The client gives up before anything happened; it may happen later, or never.
  void give_up(std::size_t w) {
    Op op = running_[w]->invocation;
    if (rng_.chance(0.7)) late_.push_back(op);
    op.index = static_cast<std::int64_t>(events_.size());
    op.time = Nanos(time_);
    op.kind = Kind::info;
    op.error = "unknown";
    events_.push_back(std::move(op));
    process_[w] += static_cast<std::int64_t>(process_.size());
    running_[w].reset();
  }

  void apply_late() {
    Running call{.invocation = late_.back()};
    late_.pop_back();
    apply(call);
  }

  void lie() {
    std::vector<std::size_t> answers;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const bool read = events_[i].kind == Kind::ok && events_[i].f == "read";
      const bool cas = events_[i].f == "cas" &&
                       (events_[i].kind == Kind::ok || events_[i].error == compare_failed);
      if (read || cas) answers.push_back(i);
    }
    if (answers.empty()) return;
    Op& op = events_[rng_.pick(answers)];
    if (op.f == "read") {
      op.value = rng_.chance(0.1) ? Value() : known_value();
      return;
    }
    const bool was_ok = op.kind == Kind::ok;
    op.kind = was_ok ? Kind::fail : Kind::ok;
    op.error = was_ok ? std::string(compare_failed) : "";
  }

  const HistoryShape& shape_;
  Rng& rng_;
  std::vector<std::int64_t> process_;
  std::vector<std::optional<Running>> running_;
  std::vector<Op> late_;
  std::vector<Op> events_;
  Value state_{};
  std::int64_t last_value_ = 0;
  std::int64_t time_ = 0;
};

}  // namespace

std::vector<Op> random_history(const HistoryShape& shape, Rng& rng) {
  return Simulation(shape, rng).run();
}

}  // namespace clew::testing
