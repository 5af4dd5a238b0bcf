#include "tests/checkers/models/programs.h"

#include "harness/error.h"
#include "tests/checkers/models/subjects.h"

namespace clew::testing {
namespace {

// State: [value, version]. Answers: {"value", "version"}, where members may be missing.
class VersionedSubject : public Subject {
 public:
  explicit VersionedSubject(std::uint64_t flavour) : values_(flavour) {}

  Value start() const override { return List{Value(), 0}; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    const Value value = state.as_list()[0], version = state.as_list()[1];
    if (call.f == "read") return {{Value::object({{"value", value}, {"version", version}}), state}};
    Value next = call.asked;
    if (call.f != "write") {
      next = call.asked.as_list()[1];
      if (call.asked.as_list()[0] != (call.f == "cas" ? value : version)) return {{refused, state}};
    }
    const Value higher(version.as_int() + 1);
    return {{Value::object({{"version", higher}}), List{next, higher}}};
  }
  bool tells(const Value& given, const Value& seen) const override {
    if (!given.is_object() || !seen.is_object()) return given == seen;
    for (const auto& [name, value] : seen.as_object())
      if (!given.find(name) || *given.find(name) != value) return false;
    return true;
  }
  void ask(Rng& rng, Attempt& call) const override {
    const auto verb = rng.below(8);
    call.f = verb < 3 ? "read" : verb < 6 ? "write" : verb < 7 ? "cas" : "cas-version";
    if (call.f == "read") return;
    const Value fresh = values_.fresh(rng);
    call.asked = fresh;
    if (call.f == "cas") call.asked = List{values_.any_or_nil(rng), fresh};
    if (call.f == "cas-version") call.asked = List{rng.between(0, 4), fresh};
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    const bool conditional = call.f == "cas" || call.f == "cas-version";
    if (conditional && rng.chance(0.3)) return refused;
    const Value version(rng.between(0, 4));
    if (call.f != "read") return hide(rng, call, Value::object({{"version", version}}));
    return hide(rng, call,
                Value::object({{"value", values_.any_or_nil(rng)}, {"version", version}}));
  }
  Value hide(Rng& rng, const Attempt& call, const Value& answer) const override {
    if (!answer.is_object() || rng.chance(0.6)) return answer;
    if (call.f != "read") return Value::object({});
    return Value::object({answer.as_object()[rng.below(2) % answer.as_object().size()]});
  }
  Ending written(Rng& rng, const Attempt& call) const override {
    if (is_refused(call.answer)) return refusal(rng, false);
    const Value* value = call.answer.find("value");
    const Value* version = call.answer.find("version");
    if (call.f == "read") {
      if (value && version && rng.chance(0.5)) return {Kind::ok, List{*value, *version}, {}};
      if (value && !version && rng.chance(0.5)) return {Kind::ok, *value, {}};
      return {Kind::ok, call.answer, {}};
    }
    if (!version) return {Kind::ok, rng.chance(0.5) ? call.asked : Value(), {}};
    if (call.f == "write" && rng.chance(0.5)) return {Kind::ok, List{call.asked, *version}, {}};
    return {Kind::ok, call.answer, {}};
  }

 private:
  Values values_;
};

// State: one value for each of three names. Answers: one for each part.
class MultiSubject : public Subject {
 public:
  MultiSubject(std::uint64_t flavour, Value first)
      : values_(flavour), first_(std::move(first)), keys_(1 + flavour / 6 % 3) {}

  Value start() const override { return List(3, first_); }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    List next = state.as_list(), answer;
    for (const Value& part : call.asked.as_list()) {
      Value& held = next[at(part.as_list()[1])];
      const std::string& f = part.as_list()[0].as_text();
      const bool write = f == "write" || f == "w";
      answer.push_back(write ? Value() : held);
      if (write) held = part.as_list()[2];
    }
    return {{answer, next}};
  }
  void ask(Rng& rng, Attempt& call) const override {
    call.f = "txn";
    List parts;
    for (auto count = 1 + rng.below(3); count > 0; --count) {
      const Value key(std::string(1, static_cast<char>('x' + rng.below(keys_))));
      const bool brief = rng.chance(0.5);
      if (rng.chance(0.5)) {
        parts.emplace_back(List{brief ? "r" : "read", key, Value()});
      } else {
        const bool back = rng.chance(0.15);
        parts.emplace_back(List{brief ? "w" : "write", key, back ? first_ : values_.fresh(rng)});
      }
    }
    call.asked = parts;
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    List answer;
    for (const Value& part : call.asked.as_list()) {
      const bool read = part.as_list()[0].as_text()[0] == 'r';
      answer.push_back(!read ? Value() : rng.chance(0.3) ? first_ : values_.any(rng));
    }
    return answer;
  }
  Ending written(Rng& /*rng*/, const Attempt& call) const override {
    List parts = call.asked.as_list();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      List part = parts[i].as_list();
      if (part[0].as_text()[0] == 'r') part[2] = call.answer.as_list()[i];
      parts[i] = part;
    }
    return {Kind::ok, parts, {}};
  }

 private:
  static std::size_t at(const Value& key) {
    return static_cast<std::size_t>(key.as_text()[0] - 'x');
  }
  Values values_;
  Value first_;
  std::uint64_t keys_;
};

// State: [value of a, value of b]; "" is missing. Answers of get: the value.
class KvSubject : public Subject {
 public:
  explicit KvSubject(std::uint64_t flavour)
      : listed_(flavour % 3 != 0), keys_(1 + flavour / 3 % 2) {}

  std::string key() const override { return listed_ ? "" : "a"; }
  Value start() const override { return List{"", ""}; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    List next = state.as_list();
    Value& held = next[listed_ && call.asked.as_list()[0] == Value("b") ? 1 : 0];
    const auto argument = [&](std::size_t i) {
      if (!listed_ && call.f != "cas") return same(call.asked);
      return same(call.asked.as_list()[listed_ ? i + 1 : i]);
    };
    if (call.f == "get") return {{held, state}};
    if (call.f == "delete") held = "";
    if (call.f == "put") held = argument(0);
    if (call.f == "append") {
      const Value more = argument(0);
      held = text(held) + text(more);
    }
    if (call.f == "cas") {
      if (held != argument(0)) return {{refused, state}};
      held = argument(1);
    }
    return {{Value(), next}};
  }
  void ask(Rng& rng, Attempt& call) const override {
    static const std::vector<std::string> verbs = {"get",    "get",    "get", "put",   "put",
                                                   "append", "append", "cas", "delete"};
    call.f = rng.pick(verbs);
    const std::size_t arguments = call.f == "cas"                         ? 2
                                  : call.f == "get" || call.f == "delete" ? 0
                                                                          : 1;
    List items(arguments + (listed_ ? 1 : 0));
    for (Value& item : items) item = value(rng);
    if (listed_) items[0] = rng.below(keys_) == 0 ? "a" : "b";
    if (listed_ || call.f == "cas") {
      call.asked = items;
    } else if (!items.empty()) {
      call.asked = items[0];
    }
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    if (call.f == "cas" && rng.chance(0.5)) return refused;
    if (call.f != "get") return {};
    if (rng.chance(0.4)) return text(same(value(rng))) + text(same(value(rng)));
    return same(value(rng));
  }
  Ending written(Rng& rng, const Attempt& call) const override {
    if (is_refused(call.answer)) return refusal(rng, false);
    if (call.f != "get") return {Kind::ok, call.asked, {}};
    Value seen = call.answer;
    if (seen == Value("") && rng.chance(0.5)) seen = Value();
    return {Kind::ok, listed_ ? Value(List{call.asked.as_list()[0], seen}) : seen, {}};
  }
  std::string unit(const Attempt& call) const override {
    return listed_ ? call.asked.as_list()[0].as_text() : "";
  }

 private:
  static Value value(Rng& rng) {
    static const std::vector<Value> some = {"1", "2", 1, "", "12", Value(), 2};
    return rng.pick(some);
  }
  static Value same(const Value& value) { return value.is_nil() ? Value("") : value; }
  static std::string text(const Value& value) {
    return value.is_text() ? value.as_text() : to_json(value);
  }
  bool listed_;
  std::uint64_t keys_;
};

// State: false, or true, or who holds it. `owned`: only its holder may release.
class LockSubject : public Subject {
 public:
  LockSubject(bool owned, std::uint64_t flavour) : owned_(owned), named_(flavour % 2 == 0) {}

  Value start() const override { return false; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    const Value who = owned_ ? owner(call) : Value("somebody");
    if (call.f == "acquire") {
      if (state != Value(false)) return {{refused, state}};
      return {{true, who}};
    }
    if (state != who) return {{refused, state}};
    return {{true, false}};
  }
  void ask(Rng& rng, Attempt& call) const override {
    call.f = rng.chance(0.5) ? "acquire" : "release";
    if (owned_ && named_) call.asked = rng.chance(0.5) ? "one" : "two";
  }
  Value lie(Rng& rng, const Attempt& /*call*/) const override {
    return rng.chance(0.3) ? Value(refused) : Value(true);
  }
  Ending written(Rng& rng, const Attempt& call) const override {
    if (is_refused(call.answer)) return refusal(rng, true);
    return {Kind::ok, rng.chance(0.5) ? call.asked : Value(true), {}};
  }
  std::string unit(const Attempt& call) const override {
    return owned_ ? to_json(owner(call)) : "";
  }

 protected:
  static Value owner(const Attempt& call) {
    return call.asked.is_nil() ? Value(call.process) : call.asked;
  }

 private:
  bool owned_, named_;
};

// State: [who holds it or false, last token].
class FencedSubject : public LockSubject {
 public:
  explicit FencedSubject(std::uint64_t flavour) : LockSubject(true, flavour) {}

  Value start() const override { return List{false, 0}; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    const Value holder = state.as_list()[0], last = state.as_list()[1];
    if (call.f == "release") {
      if (holder != owner(call)) return {{refused, state}};
      return {{true, List{false, last}}};
    }
    if (holder != Value(false)) return {{refused, state}};
    std::vector<Outcome> out;
    for (std::int64_t token = last.as_int() + 1; token <= std::max(most + 12, last.as_int() + 3);
         ++token)
      out.push_back({Value(token), List{owner(call), token}});
    return out;
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    if (rng.chance(0.3)) return refused;
    return call.f == "acquire" ? Value(rng.between(1, 4)) : Value(true);
  }
  // Of a simulated answer, most often the least.
  Ending written(Rng& rng, const Attempt& call) const override {
    if (call.answer.is_int() && rng.chance(0.5))
      return {Kind::ok, Value::object({{"token", call.answer}}), {}};
    if (call.answer.is_int()) return {Kind::ok, call.answer, {}};
    return LockSubject::written(rng, call);
  }

 private:
  static constexpr std::int64_t most = 10;  // A history is short: higher ones say nothing new.
};

// Not judged here before, and compared with the same plain words.
class RegisterSubject : public Subject {
 public:
  RegisterSubject(bool cas, std::uint64_t flavour) : cas_(cas), values_(flavour) {}

  Value start() const override { return {}; }
  std::vector<Outcome> outcomes(const Value& state, const Attempt& call) const override {
    if (call.f == "read") return {{state, state}};
    if (call.f == "write") return {{Value(), call.asked}};
    if (call.asked.as_list()[0] != state) return {{refused, state}};
    return {{Value(), call.asked.as_list()[1]}};
  }
  void ask(Rng& rng, Attempt& call) const override {
    const auto verb = rng.below(cas_ ? 8 : 6);
    call.f = verb < 3 ? "read" : verb < 6 ? "write" : "cas";
    if (call.f == "write") call.asked = values_.fresh(rng);
    if (call.f == "cas") call.asked = List{values_.any_or_nil(rng), values_.fresh(rng)};
  }
  Value lie(Rng& rng, const Attempt& call) const override {
    if (call.f == "cas" && rng.chance(0.5)) return refused;
    return call.f == "read" ? values_.any_or_nil(rng) : Value();
  }
  Ending written(Rng& rng, const Attempt& call) const override {
    if (is_refused(call.answer)) return refusal(rng, false);
    return {Kind::ok, call.f == "read" ? call.answer : call.asked, {}};
  }

 private:
  bool cas_;
  Values values_;
};

}  // namespace

std::unique_ptr<Subject> subject(const std::string& model, std::uint64_t flavour) {
  if (model == "register") return std::make_unique<RegisterSubject>(false, flavour);
  if (model == "cas-register") return std::make_unique<RegisterSubject>(true, flavour);
  if (model == "versioned-register") return std::make_unique<VersionedSubject>(flavour);
  if (model == "multi-register") return std::make_unique<MultiSubject>(flavour, Value());
  if (model == "multi-register-0") return std::make_unique<MultiSubject>(flavour, Value(0));
  if (model == "kv") return std::make_unique<KvSubject>(flavour);
  if (model == "mutex") return std::make_unique<LockSubject>(false, flavour);
  if (model == "owner-mutex") return std::make_unique<LockSubject>(true, flavour);
  if (model == "fenced-lock") return std::make_unique<FencedSubject>(flavour);
  if (auto many = collection(model, flavour)) return many;
  throw HarnessError("there is no second program for the model " + model +
                     "; write one in tests/checkers/models/programs.cpp");
}

}  // namespace clew::testing
