#include "tests/checkers/models/subjects.h"

namespace clew::testing {
namespace {

// State: the list of elements. `fifo`: else any may come out.
class QueueSubject : public Subject {
 public:
  QueueSubject(bool fifo, std::uint64_t flavour) : fifo_(fifo), values_(flavour) {}

  Value start() const override { return List{}; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    List next = state.as_list();
    if (call.f == "enqueue") {
      next.push_back(call.asked);
      return {{Value(), sorted(next)}};
    }
    if (next.empty()) return {{Value(), state}};
    std::vector<Outcome> out;
    for (std::size_t i = 0; i < (fifo_ ? 1 : next.size()); ++i) {
      List rest = next;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      out.push_back({next[i], rest});
    }
    return out;
  }
  void ask(Rng& rng, Attempt& call) const override {
    call.f = rng.chance(0.5) ? "enqueue" : "dequeue";
    if (call.f == "enqueue") call.asked = values_.fresh(rng);
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    return call.f == "enqueue" ? Value() : values_.any_or_nil(rng);
  }
  Ending written(Rng& rng, const Attempt& call) const override {
    if (call.f == "enqueue") return {Kind::ok, call.asked, {}};
    if (call.answer.is_nil() && rng.chance(0.5)) return refusal(rng, false);
    return {Kind::ok, call.answer, {}};
  }
  std::string unit(const Attempt& call) const override {
    if (call.f == "enqueue") return to_json(call.asked);
    return call.certain && !call.answer.is_nil() ? to_json(call.answer) : "";
  }

 private:
  Value sorted(List& list) const {
    if (!fifo_)
      std::sort(list.begin(), list.end(),
                [](const Value& a, const Value& b) { return a.as_int() < b.as_int(); });
    return list;
  }
  bool fifo_;
  Values values_;
};

// State: the sorted list. Answers: true, false, nil where it is not told, a sorted list.
class SetSubject : public Subject {
 public:
  explicit SetSubject(std::uint64_t flavour)
      : values_(flavour), reads_(flavour / 6 % 3 != 0), shy_(flavour / 18 % 2 == 0) {}

  Value start() const override { return List{}; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    if (call.f == "read") return {{state, state}};
    List next;
    bool in = false;
    for (const Value& element : state.as_list()) {
      in |= element == call.asked;
      if (element != call.asked) next.push_back(element);
    }
    if (call.f == "contains") return {{in, state}};
    if (call.f == "remove") return {{in, next}};
    next.push_back(call.asked);
    return {{!in, sorted(next)}};
  }
  bool tells(const Value& given, const Value& seen) const override {
    return seen.is_nil() || given == seen;
  }
  void ask(Rng& rng, Attempt& call) const override {
    const auto verb = rng.below(reads_ ? 8 : 6);
    call.f = verb < 2 ? "add" : verb < 4 ? "remove" : verb < 6 ? "contains" : "read";
    if (call.f == "add") call.asked = values_.fresh(rng);
    if (call.f == "remove" || call.f == "contains") call.asked = values_.any(rng);
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    if (call.f != "read") return rng.chance(0.5);
    List out;
    for (auto count = rng.below(4); count > 0; --count) {
      const Value value = values_.any(rng);
      const bool there = std::find(out.begin(), out.end(), value) != out.end();
      if (!there || rng.chance(0.1)) out.push_back(value);
    }
    return sorted(out);
  }
  Value hide(Rng& rng, const Attempt& call, const Value& answer) const override {
    if (!shy_ || call.f == "read" || call.f == "contains" || rng.chance(0.5)) return answer;
    return {};
  }
  Ending written(Rng& rng, const Attempt& call) const override {
    if (call.f == "read") {
      List elements = call.answer.as_list();
      rng.shuffle(elements);
      return {Kind::ok, elements, {}};
    }
    if (call.answer.is_nil()) return {Kind::ok, rng.chance(0.5) ? call.asked : Value(), {}};
    const bool changes = call.f != "contains";
    if (changes && call.answer == Value(false)) return refusal(rng, true);
    return {Kind::ok, call.answer, {}};
  }
  std::string unit(const Attempt& call) const override {
    return call.f == "read" ? "" : to_json(call.asked);
  }
  Value forget(const Attempt& call, const std::vector<std::string>& gone) const override {
    return call.f == "read" && call.certain ? without(call.answer, gone) : call.answer;
  }

 private:
  static Value sorted(List& list) {
    std::sort(list.begin(), list.end(),
              [](const Value& a, const Value& b) { return a.as_int() < b.as_int(); });
    return list;
  }
  Values values_;
  bool reads_, shy_;
};

// State: the number. Answers: the number, or nil of calls that give none.
class CounterSubject : public Subject {
 public:
  explicit CounterSubject(std::uint64_t flavour)
      : ones_(flavour % 3 != 0), gets_(flavour / 3 % 2 == 0) {}

  Value start() const override { return 0; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    if (call.f == "read") return {{state, state}};
    const std::int64_t more = call.asked.is_nil() ? 1 : call.asked.as_int();
    const Value next(state.as_int() + more);
    return {{call.f == "add-and-get" ? next : Value(), next}};
  }
  void ask(Rng& rng, Attempt& call) const override {
    const auto verb = rng.below(gets_ ? 8 : 6);
    call.f = verb < 3 ? "read" : verb < 5 ? "add" : verb < 6 ? "increment" : "add-and-get";
    if (call.f == "read" || (call.f == "increment" && rng.chance(0.7))) return;
    call.asked = ones_ ? Value(1) : Value(rng.between(-2, 3));
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    if (call.f != "read" && call.f != "add-and-get") return {};
    return rng.between(ones_ ? 0 : -2, 5);
  }
  Ending written(Rng& rng, const Attempt& call) const override {
    if (!call.answer.is_nil()) return {Kind::ok, call.answer, {}};
    return {Kind::ok, rng.chance(0.5) ? call.asked : Value(), {}};
  }

 private:
  bool ones_, gets_;
};

// State: the list. Answers of reads: the list.
class ListSubject : public Subject {
 public:
  explicit ListSubject(std::uint64_t flavour) : values_(flavour) {}

  Value start() const override { return List{}; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    if (call.f == "read") return {{state, state}};
    List next = state.as_list();
    next.push_back(call.asked);
    return {{Value(), next}};
  }
  void ask(Rng& rng, Attempt& call) const override {
    call.f = rng.chance(0.5) ? "append" : "read";
    if (call.f == "append") call.asked = values_.fresh(rng);
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    if (call.f == "append") return {};
    List out;
    for (auto count = rng.below(4); count > 0; --count) out.push_back(values_.any(rng));
    return out;
  }
  Ending written(Rng& rng, const Attempt& call) const override {
    if (call.f == "append") return {Kind::ok, call.asked, {}};
    const bool empty = call.answer.as_list().empty();
    return {Kind::ok, empty && rng.chance(0.5) ? Value() : call.answer, {}};
  }
  std::string unit(const Attempt& call) const override {
    return call.f == "read" ? "" : to_json(call.asked);
  }
  Value forget(const Attempt& call, const std::vector<std::string>& gone) const override {
    return call.f == "read" && call.certain ? without(call.answer, gone) : call.answer;
  }

 private:
  Values values_;
};

}  // namespace

std::unique_ptr<Subject> collection(const std::string& model, std::uint64_t flavour) {
  if (model == "fifo-queue") return std::make_unique<QueueSubject>(true, flavour);
  if (model == "unordered-queue") return std::make_unique<QueueSubject>(false, flavour);
  if (model == "set") return std::make_unique<SetSubject>(flavour);
  if (model == "counter") return std::make_unique<CounterSubject>(flavour);
  if (model == "append-list") return std::make_unique<ListSubject>(flavour);
  return nullptr;
}

}  // namespace clew::testing
