#include "checkers/models.h"

#include <gtest/gtest.h>

#include <array>

#include "checkers/linearizable.h"
#include "checkers/models/cas_register.h"
#include "checkers/models/rw_register.h"
#include "harness/error.h"
#include "tests/support/timeline.h"

namespace clew {
namespace {

// What somebody writes who brings a model of their own: its sequential program.
struct Queue {
  static constexpr std::string_view name = "queue";
  static constexpr std::array<std::string_view, 2> functions = {"push", "pop"};
  using State = std::vector<Atom>;
  struct Input {
    bool push = false;
    Atom value = nil_atom;
    bool operator==(const Input&) const = default;
  };
  using Output = Atom;

  static State initial() { return {}; }
  static Output apply(State& state, const Input& input) {
    if (input.push) {
      state.push_back(input.value);
      return nil_atom;
    }
    if (state.empty()) return nil_atom;
    const Atom first = state.front();
    state.erase(state.begin());
    return first;
  }
  static std::size_t hash(const State& state) {
    std::size_t all = 0;
    for (const Atom atom : state) all = hash_all({all, atom});
    return all;
  }
  static std::size_t hash(const Input& input) { return hash_all({input.push, input.value}); }
  static std::optional<Input> parse_input(const Op& op, Values& values) {
    if (op.f == "push") return Input{true, values.intern(op.value)};
    if (op.f == "pop") return Input{};
    return std::nullopt;
  }
  static Output parse_output(const Input& input, const Op& op, Values& values) {
    return input.push ? nil_atom : values.intern(op.value);
  }
  static std::string show(const State& state, const Values& values) {
    std::string out;
    for (const Atom atom : state) out += (out.empty() ? "" : " ") + values.text(atom);
    return "[" + out + "]";
  }
  static std::string show(const Input& input, const Output* output, const Values& values) {
    if (input.push) return "push " + values.text(input.value);
    return "pop -> " + (output ? values.text(*output) : "?");
  }
};
static_assert(Model<Queue>);

// One event after the other; `who` as in {process, kind, f, value}.
struct Line {
  std::int64_t process;
  Kind kind;
  std::string f;
  Value value;
};
History history_of(const std::vector<Line>& lines) {
  std::vector<Op> ops;
  for (const Line& line : lines) {
    Op op;
    op.index = static_cast<std::int64_t>(ops.size());
    op.time = Nanos(op.index);
    op.process = line.process;
    op.kind = line.kind;
    op.f = line.f;
    op.value = line.value;
    ops.push_back(op);
  }
  return History(std::move(ops));
}

TEST(Models, AQueueIsOneHeaderAndNoLineMore) {
  const auto first_out = [](int value) {
    return linearizable<Queue>()->check(history_of({{0, Kind::invoke, "push", 1},
                                                    {0, Kind::ok, "push", 1},
                                                    {0, Kind::invoke, "push", 2},
                                                    {1, Kind::invoke, "pop", {}},
                                                    {0, Kind::ok, "push", 2},
                                                    {1, Kind::ok, "pop", value}}),
                                        {}, {});
  };
  EXPECT_EQ(first_out(1).outcome, Outcome::valid);
  const Verdict wrong = first_out(2);
  EXPECT_EQ(wrong.outcome, Outcome::invalid);
  ASSERT_EQ(wrong.counterexamples.size(), 1U);
  EXPECT_EQ(wrong.counterexamples[0].anomaly, "non-linearizable");
  EXPECT_EQ(wrong.counterexamples[0].order.size(), 2U);
  EXPECT_EQ(wrong.counterexamples[0].blocked.at(0).reason, "would have been 'pop -> 1'");
}

TEST(Models, AnUnknownPushMayHaveHappenedLateOrNever) {
  for (const Value& value : {Value(), Value(1)}) {
    EXPECT_EQ(linearizable<Queue>()
                  ->check(history_of({{0, Kind::invoke, "push", 1},
                                      {0, Kind::info, "push", 1},
                                      {1, Kind::invoke, "pop", {}},
                                      {1, Kind::ok, "pop", {}},
                                      {1, Kind::invoke, "pop", {}},
                                      {1, Kind::ok, "pop", value}}),
                          {}, {})
                  .outcome,
              Outcome::valid);
  }
}

TEST(Models, ValuesMayBeAnyJson) {
  const Value list(Value::List{1, "a", Value()});
  const auto judge = [&](const Value& read) {
    return linearizable<RwRegister>()
        ->check(history_of({{0, Kind::invoke, "write", list},
                            {0, Kind::ok, "write", list},
                            {0, Kind::invoke, "read", {}},
                            {0, Kind::ok, "read", read}}),
                {}, {})
        .outcome;
  };
  EXPECT_EQ(judge(list), Outcome::valid);
  EXPECT_EQ(judge(Value(Value::List{1, "a"})), Outcome::invalid);
  EXPECT_EQ(judge(Value()), Outcome::invalid);
  EXPECT_EQ(judge(Value("")), Outcome::invalid);
}

TEST(Models, FortyTwoIsThreeValues) {
  Values values;
  const Atom number = values.intern(42);
  EXPECT_EQ(values.intern(42), number);
  EXPECT_NE(values.intern(42.0), number);
  EXPECT_NE(values.intern("42"), number);
  EXPECT_EQ(values.intern(Value()), nil_atom);
  EXPECT_NE(values.intern(0), nil_atom);
  for (int i = 0; i < 10'000; ++i) values.intern(i);
  EXPECT_EQ(values.intern(42), number);
  EXPECT_EQ(values.text(values.intern(9'999)), "9999");
}

TEST(Models, AProcessMayGoOnAtTheVeryMomentItReturned) {
  // At equal times invocations sort first, so its second call seems to begin
  // before the first one returned; the two must not be mixed up.
  std::vector<Op> ops(4);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    ops[i].index = static_cast<std::int64_t>(i);
    ops[i].kind = i % 2 == 0 ? Kind::invoke : Kind::ok;
    ops[i].f = i < 2 ? "write" : "read";
    ops[i].value = i == 2 ? Value() : Value(7);
    ops[i].time = Nanos(i == 0 ? 1 : i == 3 ? 9 : 5);
  }
  EXPECT_EQ(linearizable<CasRegister>()->check(History(ops), {}, {}).outcome, Outcome::valid);
  ops[3].value = Value(8);
  EXPECT_EQ(linearizable<CasRegister>()->check(History(ops), {}, {}).outcome, Outcome::invalid);
}

TEST(Models, AFunctionThatTheModelLacksIsNamed) {
  try {
    linearizable<RwRegister>()->check(
        history_of({{0, Kind::invoke, "cas", Value(Value::List{1, 2})}}), {}, {});
    FAIL() << "it should have refused";
  } catch (const UsageError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("event 0"), std::string::npos) << text;
    EXPECT_NE(text.find("'cas'"), std::string::npos) << text;
    EXPECT_NE(text.find("read, write"), std::string::npos) << text;
  }
}

TEST(Models, ACasWithoutTwoValuesIsAUsageError) {
  EXPECT_THROW(
      linearizable<CasRegister>()->check(history_of({{0, Kind::invoke, "cas", 1}}), {}, {}),
      UsageError);
}

TEST(Models, AreFoundByNameAndTheNearestNameIsOffered) {
  EXPECT_GE(models().size(), 14U);
  const auto history = testing::draw("p0  |-write 1-| |-read 1-|");
  EXPECT_EQ(linearizable_by_name("register")->check(history, {}, {}).model, "register");
  try {
    linearizable_by_name("cas-registre");
    FAIL() << "there is no such model";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("'cas-register'"), std::string::npos);
  }
}

TEST(Models, RefusalsMayBeLeftOut) {
  const auto history = testing::draw(R"(
    p0  |-write 1-|
    p1               |-cas 1->2 refused-|  )");
  EXPECT_EQ(
      linearizable_by_name("cas-register", FailMeans::observed)->check(history, {}, {}).outcome,
      Outcome::invalid);
  EXPECT_EQ(linearizable_by_name("cas-register", FailMeans::absent)->check(history, {}, {}).outcome,
            Outcome::valid);
}

TEST(Models, AnEmptyHistoryIsValidAndSaysThatNothingWasJudged) {
  const Verdict verdict = linearizable<CasRegister>()->check(History{}, {}, {});
  EXPECT_EQ(verdict.outcome, Outcome::valid);
  EXPECT_EQ(verdict.reason, "There was nothing to judge.");
}

}  // namespace
}  // namespace clew
